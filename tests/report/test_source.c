#include "report/source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "support/folder.h"
#include "support/test.h"

static const struct source_options no_options;

LP_TEST(source, is_read_in_lines_without_their_ends)
{
    char *folder = folder_create();
    CLEANUP(cleanup_free) char *path = folder_add_file(folder, "a.c", "one\r\n\ttwo\n\nlast");
    struct sources *sources = sources_create(&no_options, 0);
    const struct source *source = sources_get(sources, path);

    cr_assert(source->state == SOURCE_FOUND);
    cr_expect_str_eq(source->found, path);
    cr_assert(source->n_lines == 4);
    cr_expect_str_eq(source->lines[0], "one");
    cr_expect_str_eq(source->lines[1], "\ttwo");
    cr_expect_str_eq(source->lines[2], "");
    cr_expect_str_eq(source->lines[3], "last");
    cr_expect(sources_get(sources, path) == source);
    sources_destroy(sources);
    folder_remove(folder);
}

LP_TEST(source, that_is_nowhere_is_missing)
{
    struct sources *sources = sources_create(&no_options, 0);
    const struct source *source = sources_get(sources, "/nowhere/a.c");

    cr_expect(source->state == SOURCE_MISSING);
    cr_expect(source->found == NULL && source->n_lines == 0);
    cr_expect_str_eq(source->path, "/nowhere/a.c");
    cr_expect_str_eq(source->shown, "/nowhere/a.c");
    cr_expect(sources_get(sources, "/tmp")->state == SOURCE_MISSING, "a folder is no source");
    sources_destroy(sources);
}

LP_TEST(source, longest_path_map_wins_and_ends_at_whole_parts)
{
    const struct source_path_map maps[] = {
        {"/build", "/x"}, {"/build/lib/", "/y/"}, {"/build/lib/one.c", "/z.c"}};
    struct source_options options = {.maps = maps, .n_maps = 3};
    struct sources *sources = sources_create(&options, 0);

    cr_expect_str_eq(sources_map_path(sources, "/build/a.c"), "/x/a.c");
    cr_expect_str_eq(sources_map_path(sources, "/build/lib/a.c"), "/y/a.c");
    cr_expect_str_eq(sources_map_path(sources, "/build/lib/one.c"), "/z.c");
    cr_expect_str_eq(sources_map_path(sources, "/builder/a.c"), "/builder/a.c");
    sources_destroy(sources);
}

LP_TEST(source, a_shown_path_is_the_same_file_and_is_not_mapped_again)
{
    char *folder = folder_create();
    free(folder_add_file(folder, "deep/a.c", "x\n"));
    CLEANUP(cleanup_free) char *to = mem_printf("%s/deep", folder);
    CLEANUP(cleanup_free) char *recorded = mem_printf("%s/a.c", folder);
    const struct source_path_map map = {folder, to};
    struct source_options options = {.maps = &map, .n_maps = 1};
    struct sources *sources = sources_create(&options, 0);

    const char *shown = sources_map_path(sources, recorded);
    cr_expect_str_eq(sources_map_path(sources, shown), shown);
    cr_expect(sources_get(sources, shown) == sources_get(sources, recorded));
    cr_expect(sources_get(sources, shown)->state == SOURCE_FOUND);
    sources_destroy(sources);
    folder_remove(folder);
}

LP_TEST(source, stripped_names_stay_names_of_one_file)
{
    struct source_options options = {.strip_dirs = true};
    struct sources *sources = sources_create(&options, 0);

    cr_expect_str_eq(sources_map_path(sources, "/x/a.c"), "a.c");
    cr_expect_str_eq(sources_map_path(sources, "/y/a.c"), "/y/a.c");
    cr_expect_str_eq(sources_get(sources, "a.c")->path, "/x/a.c");
    sources_destroy(sources);
}

LP_TEST(source, that_moved_is_found_by_the_longest_suffix)
{
    char *folder = folder_create();
    free(folder_add_file(folder, "lib/a.c", "lib\n"));
    free(folder_add_file(folder, "app/src/a.c", "app\n"));
    free(folder_add_file(folder, "app/.git/src/b.c", "hidden\n"));
    const char *folders[] = {folder};
    struct source_options options = {.folders = folders, .n_folders = 1};
    struct sources *sources = sources_create(&options, 0);

    const struct source *source = sources_get(sources, "/build/src/a.c");
    cr_assert(source->n_lines == 1);
    cr_expect_str_eq(source->lines[0], "app");
    cr_expect(sources_get(sources, "/build/else/a.c")->state == SOURCE_MISSING, "two fit");
    cr_expect(sources_get(sources, "/build/src/b.c")->state == SOURCE_MISSING, "in .git");
    cr_expect(sources_get(sources, "/usr/src/a.c")->state == SOURCE_MISSING, "the system's");
    sources_destroy(sources);
    folder_remove(folder);
}

LP_TEST(source, is_not_searched_deep_in_build_trees_and_once_when_folders_overlap)
{
    char *folder = folder_create();
    free(folder_add_file(folder, "out/CMakeCache.txt", ""));
    free(folder_add_file(folder, "out/gen/lexer.c", "\n"));
    free(folder_add_file(folder, "out/a/b/c/deep.c", "\n"));
    CLEANUP(cleanup_free) char *out = mem_printf("%s/out/../out", folder);
    const char *folders[] = {folder, out, "/nowhere"};
    struct source_options options = {.folders = folders, .n_folders = 3};
    struct sources *sources = sources_create(&options, 0);

    cr_expect(sources_get(sources, "/build/gen/lexer.c")->state == SOURCE_FOUND);
    cr_expect(sources_get(sources, "/build/a/b/c/deep.c")->state == SOURCE_MISSING);
    sources_destroy(sources);
    folder_remove(folder);
}

LP_TEST(source, changed_after_the_program_was_built_is_newer)
{
    char *folder = folder_create();
    CLEANUP(cleanup_free) char *path = folder_add_file(folder, "a.c", "x\n");
    struct timespec times[] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    cr_assert(utimensat(AT_FDCWD, path, times, 0) == 0);

    const struct {
        int64_t newest;
        enum source_state state;
    } cases[] = {{999, SOURCE_NEWER}, {1000, SOURCE_FOUND}, {0, SOURCE_FOUND}};
    for (size_t i = 0; i < 3; i++) {
        struct sources *sources = sources_create(&no_options, cases[i].newest);
        cr_expect(sources_get(sources, path)->state == cases[i].state);
        sources_destroy(sources);
    }
    folder_remove(folder);
}

// Of "x\n".
static const char sum_of_x[] = "401b30e3b8b5d629635a5c613cdb7919";
static const char other_sum[] = "0cc175b9c0f1b6a831c399e269772661";

LP_TEST(source, with_the_checksum_that_was_told_is_not_newer_and_with_another_is_another)
{
    char *folder = folder_create();
    CLEANUP(cleanup_free) char *path = folder_add_file(folder, "a.c", "x\n");
    struct sources *sources = sources_create(&no_options, 1000);
    sources_tell(sources, path, sum_of_x, NULL);
    cr_expect(sources_get(sources, path)->state == SOURCE_FOUND);
    sources_destroy(sources);

    // As old as can be, and yet not the one that was compiled.
    struct timespec times[] = {{.tv_sec = 1}, {.tv_sec = 1}};
    cr_assert(utimensat(AT_FDCWD, path, times, 0) == 0);
    sources = sources_create(&no_options, 1000);
    sources_tell(sources, path, other_sum, NULL);
    cr_expect(sources_get(sources, path)->state == SOURCE_OTHER);
    cr_expect(sources_get(sources, path)->n_lines == 1, "it is shown all the same");
    sources_destroy(sources);

    // One of two builds at least is of another text.
    sources = sources_create(&no_options, 1000);
    sources_tell(sources, path, sum_of_x, NULL);
    sources_tell(sources, path, other_sum, NULL);
    cr_expect(sources_get(sources, path)->state == SOURCE_OTHER);
    sources_destroy(sources);
    folder_remove(folder);
}

LP_TEST(source, with_another_checksum_gives_way_to_the_right_one)
{
    char *folder = folder_create();
    CLEANUP(cleanup_free) char *changed = folder_add_file(folder, "new/a.c", "changed\n");
    free(folder_add_file(folder, "old/new/a.c", "x\n"));
    CLEANUP(cleanup_free) char *old = mem_printf("%s/old", folder);
    const char *folders[] = {old};
    struct source_options options = {.folders = folders, .n_folders = 1};
    struct sources *sources = sources_create(&options, 0);

    sources_tell(sources, changed, sum_of_x, NULL);
    const struct source *source = sources_get(sources, changed);
    cr_assert(source->state == SOURCE_FOUND && source->n_lines == 1);
    cr_expect_str_eq(source->lines[0], "x");
    sources_destroy(sources);
    folder_remove(folder);
}

LP_TEST(source, in_the_debug_info_comes_before_files)
{
    char *folder = folder_create();
    CLEANUP(cleanup_free) char *path = folder_add_file(folder, "a.c", "changed\n");
    struct sources *sources = sources_create(&no_options, 1);

    sources_tell(sources, path, NULL, "one\ntwo\n");
    sources_tell(sources, "/nowhere/b.c", sum_of_x, "x\n");
    const struct source *source = sources_get(sources, path);
    cr_assert(source->state == SOURCE_FOUND && source->n_lines == 2);
    cr_expect_str_eq(source->lines[1], "two");
    cr_expect_null(source->found);
    cr_expect(sources_get(sources, "/nowhere/b.c")->state == SOURCE_FOUND);
    sources_destroy(sources);
    folder_remove(folder);
}

// A server that has one file; it counts how often it is asked.
struct served {
    const char *name;
    const char *local;
    int n_asked;
};

static char *serve(void *context, const char *path)
{
    struct served *served = context;

    served->n_asked++;
    return strcmp(path, served->name) == 0 ? mem_strdup(served->local) : NULL;
}

static const char *have_trouble(void *context)
{
    (void)context;
    return "it is slow";
}

LP_TEST(source, is_fetched_when_it_is_nowhere_or_another)
{
    char *folder = folder_create();
    CLEANUP(cleanup_free) char *local = folder_add_file(folder, "cache", "x\n");
    CLEANUP(cleanup_free) char *here = folder_add_file(folder, "here.c", "y\n");
    CLEANUP(cleanup_free) char *stale = folder_add_file(folder, "stale.c", "y\n");
    struct served served = {.name = "/build/a.c", .local = local};
    struct source_options options = {.fetcher = {serve, have_trouble, &served}};
    struct sources *sources = sources_create(&options, 1);

    cr_expect(sources_get(sources, here)->state == SOURCE_NEWER);
    cr_expect(served.n_asked == 0);
    const struct source *source = sources_get(sources, "/build/a.c");
    cr_assert(source->state == SOURCE_FOUND && source->n_lines == 1);
    cr_expect_str_eq(source->lines[0], "x");
    cr_expect_str_eq(source->found, local);
    cr_expect(sources_get(sources, "/build/b.c")->state == SOURCE_MISSING);
    cr_expect(served.n_asked == 2);
    served.name = stale;
    sources_tell(sources, stale, sum_of_x, NULL);
    cr_expect_str_eq(sources_get(sources, stale)->lines[0], "x");
    cr_expect_str_eq(sources_problem(sources), "it is slow");
    sources_destroy(sources);
    folder_remove(folder);
}
