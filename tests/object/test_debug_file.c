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
    struct image *debug = debug_file_find(image, root);

    if (expected) {
        cr_assert_not_null(debug, "nothing found for %s", binary);
        cr_expect_str_eq(debug->path, expected);
    } else {
        cr_expect_null(debug);
    }
    image_close(debug);
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
