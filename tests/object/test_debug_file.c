#include "object/debug_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/mem.h"
#include "support/folder.h"
#include "support/test.h"

static struct image *open_image(const char *path)
{
    struct image *image = NULL;
    struct lprof_error *err = image_open(path, &image);

    cr_assert_null(err, "%s: %s", path, err ? err->message : "");
    return image;
}

// Copy a fixture to a new place below a folder. Returns the path; free it.
static char *copy_fixture(const char *name, const char *folder, const char *to)
{
    CLEANUP(cleanup_free) char *from = mem_printf("%s/%s", FIXTURE_DIR, name);
    char *path = folder_add_file(folder, to, "");
    struct file_map map;
    struct lprof_error *err = file_map(from, &map);

    cr_assert_null(err, "%s", from);
    err = file_replace(path, map.bytes, map.size, 0);
    cr_assert_null(err, "%s", path);
    file_unmap(&map);
    return path;
}

// The name of the debug info of hello.split below a root, by its build id.
static char *name_by_build_id(void)
{
    struct image *image = open_image(FIXTURE_DIR "/hello.split");
    char text[BUILD_ID_TEXT];

    build_id_format(&image->build_id, text);
    image_close(image);
    return mem_printf(".build-id/%.2s/%s.debug", text, text + 2);
}

// What is found for a binary is the file at `expected`, or nothing.
static void expect_found(const char *binary, const char *root, const char *expected)
{
    struct image *image = open_image(binary);
    struct debug_file debug = debug_file_find(image, &(struct debug_places){.root = root});

    if (expected) {
        cr_assert_not_null(debug.image, "nothing found for %s", binary);
        cr_expect_str_eq(debug.image->path, expected);
        cr_expect_null(debug.rejected);
    } else {
        cr_expect_null(debug.image);
    }
    free(debug.rejected);
    image_close(debug.image);
    image_close(image);
}

LP_TEST(debug_file, build_id_names_a_file_below_the_root)
{
    char *folder = folder_create();
    char *root = mem_printf("%s/debug", folder);
    char *name = name_by_build_id();
    char *binary = copy_fixture("hello.split", folder, "bin/hello.split");

    expect_found(binary, root, NULL);
    char *debug = copy_fixture("hello.split.debug", root, name);
    expect_found(binary, root, debug);
    free(debug);
    free(binary);
    free(name);
    free(root);
    folder_remove(folder);
}

LP_TEST(debug_file, the_link_is_followed_beside_the_binary_and_below_the_root)
{
    char *folder = folder_create();
    char *root = mem_printf("%s/debug", folder);
    char *binary = copy_fixture("hello.split", folder, "bin/hello.split");
    char *below = mem_printf("%s/bin/hello.split.debug", folder);

    // Looked for last to first, so that each is found before the next is there.
    char *in_root = copy_fixture("hello.split.debug", root, below + 1);
    expect_found(binary, root, in_root);
    char *hidden = copy_fixture("hello.split.debug", folder, "bin/.debug/hello.split.debug");
    expect_found(binary, root, hidden);
    char *beside = copy_fixture("hello.split.debug", folder, "bin/hello.split.debug");
    expect_found(binary, root, beside);
    free(beside);
    free(hidden);
    free(in_root);
    free(below);
    free(binary);
    free(root);
    folder_remove(folder);
}

LP_TEST(debug_file, another_builds_debug_info_is_passed_over)
{
    char *folder = folder_create();
    char *root = mem_printf("%s/debug", folder);
    char *binary = copy_fixture("hello.split", folder, "bin/hello.split");
    char *name = name_by_build_id();

    // Debug info of other builds under the names that are looked for.
    free(copy_fixture("hello.dwarf4", root, name));
    free(copy_fixture("hello.dwarf4", folder, "bin/hello.split.debug"));
    expect_found(binary, root, NULL);
    free(name);
    free(binary);
    free(root);
    folder_remove(folder);
}

LP_TEST(debug_file, what_belongs_to_another_build_is_said)
{
    char *folder = folder_create();
    char *binary = copy_fixture("hello.split", folder, "bin/hello.split");
    char *wrong = copy_fixture("hello.dwarf4", folder, "bin/hello.split.debug");
    struct image *image = open_image(binary);
    struct debug_file debug = debug_file_find(image, &(struct debug_places){.root = "/nowhere"});

    cr_expect_null(debug.image);
    cr_assert_not_null(debug.rejected);
    cr_expect_not_null(strstr(debug.rejected, wrong), "%s", debug.rejected);
    cr_expect_not_null(strstr(debug.rejected, "another build"), "%s", debug.rejected);
    free(debug.rejected);
    image_close(image);
    free(wrong);
    free(binary);
    folder_remove(folder);
}

LP_TEST(debug_file, without_build_ids_the_checksum_tells)
{
    char *folder = folder_create();
    char *binary = copy_fixture("hello.nobuild", folder, "hello.nobuild");

    free(copy_fixture("hello.dwarf4", folder, "hello.nobuild.debug"));
    expect_found(binary, "/nowhere", NULL);
    char *debug = copy_fixture("hello.nobuild.debug", folder, "hello.nobuild.debug");
    expect_found(binary, "/nowhere", debug);
    free(debug);
    free(binary);
    folder_remove(folder);
}

LP_TEST(debug_file, a_missing_supplement_is_said_and_lines_stay)
{
    char *folder = folder_create();
    char *binary = copy_fixture("frames/chain.dwz", folder, "chain");
    struct object *obj = NULL;

    cr_assert_null(object_open(binary, NULL, &obj));
    cr_expect_not_null(object_debug_path(obj));
    const char *problem = object_debug_problem(obj);
    cr_assert_not_null(problem);
    cr_expect_not_null(strstr(problem, "supplementary file chain.dwz.common"), "%s", problem);
    object_destroy(obj);
    free(copy_fixture("frames/chain.dwz.common", folder, "chain.dwz.common"));
    cr_assert_null(object_open(binary, NULL, &obj));
    cr_expect_not_null(object_debug_path(obj));
    cr_expect_null(object_debug_problem(obj));
    object_destroy(obj);
    free(binary);
    folder_remove(folder);
}

LP_TEST(debug_file, missing_split_units_are_said_and_lines_stay)
{
    char *folder = folder_create();
    char *binary = copy_fixture("frames/packed.gcc5/program", folder, "program");
    struct object *obj = NULL;
    size_t n = 0;

    cr_assert_null(object_open(binary, NULL, &obj));
    object_definitions(obj, &n);
    cr_expect_not_null(object_debug_path(obj));
    const char *problem = object_debug_problem(obj);
    cr_assert_not_null(problem);
    cr_expect_not_null(strstr(problem, "split debug info"), "%s", problem);
    cr_expect_not_null(strstr(problem, ".dwo"), "%s", problem);
    object_destroy(obj);
    free(copy_fixture("frames/packed.gcc5/program.dwp", folder, "program.dwp"));
    cr_assert_null(object_open(binary, NULL, &obj));
    object_definitions(obj, &n);
    cr_expect_gt(n, 0);
    cr_expect_null(object_debug_problem(obj));
    object_destroy(obj);
    free(binary);
    folder_remove(folder);
}

LP_TEST(debug_file, what_a_server_sent_before_is_found)
{
    char *folder = folder_create();
    char *binary = copy_fixture("hello.split", folder, "bin/hello.split");
    struct image *image = open_image(binary);
    char text[BUILD_ID_TEXT];

    build_id_format(&image->build_id, text);
    char *name = mem_printf("%s/debuginfo", text);
    const struct debug_places places = {.root = "/nowhere", .cache = folder};
    // An empty file stands for an answer that there is none.
    free(folder_add_file(folder, name, ""));
    struct debug_file debug = debug_file_find(image, &places);
    cr_expect_null(debug.image);
    cr_expect_null(debug.rejected);
    char *path = copy_fixture("hello.split.debug", folder, name);
    debug = debug_file_find(image, &places);
    cr_assert_not_null(debug.image);
    cr_expect_str_eq(debug.image->path, path);
    cr_expect_eq(debug.place, OBJECT_DEBUG_CACHE);
    image_close(debug.image);
    free(path);
    free(name);
    image_close(image);
    free(binary);
    folder_remove(folder);
}

LP_TEST(debug_file, the_environment_tells_where_answers_are_kept)
{
    setenv("HOME", "/nowhere", 1);
    unsetenv("XDG_CACHE_HOME");
    unsetenv("DEBUGINFOD_CACHE_PATH");
    char *path = debug_file_cache();
    cr_expect_str_eq(path, "/nowhere/.cache/debuginfod_client");
    free(path);
    setenv("XDG_CACHE_HOME", "/xdg", 1);
    path = debug_file_cache();
    cr_expect_str_eq(path, "/xdg/debuginfod_client");
    free(path);
    setenv("DEBUGINFOD_CACHE_PATH", "/own", 1);
    path = debug_file_cache();
    cr_expect_str_eq(path, "/own");
    free(path);
}
