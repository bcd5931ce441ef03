#include "object/jit_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/test.h"

static struct jit_map *open_map(const char *text)
{
    char folder[] = "/tmp/lprof-jit-XXXXXX";
    char path[64];
    struct jit_map *map = NULL;

    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/map", folder);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    struct lprof_error *err = jit_map_open(path, &map);
    cr_assert_null(err, "%s", err ? err->message : "");
    unlink(path);
    rmdir(folder);
    return map;
}

static void expect_name(const struct jit_map *map, uint64_t addr, const char *expected)
{
    const char *name = jit_map_find(map, addr);

    if (expected)
        cr_expect_str_eq(name ? name : "(none)", expected, "at %#lx", (unsigned long)addr);
    else
        cr_expect_null(name, "%s at %#lx", name, (unsigned long)addr);
}

LP_TEST(jit_map, names_by_address)
{
    struct jit_map *map = open_map("2000 10 LazyCompile:*run /srv/app.js:12:3\n"
                                   "0x1000 0x20 first\n");

    expect_name(map, 0xfff, NULL);
    expect_name(map, 0x1000, "first");
    expect_name(map, 0x101f, "first");
    expect_name(map, 0x1020, NULL);
    expect_name(map, 0x200f, "LazyCompile:*run /srv/app.js:12:3");
    jit_map_destroy(map);
}

LP_TEST(jit_map, memory_that_is_used_again_has_its_last_name)
{
    struct jit_map *map = open_map("1000 100 old\n"
                                   "1010 10 new\n"
                                   "1000 8 newer\n");

    expect_name(map, 0x1007, "newer");
    expect_name(map, 0x1008, "old");
    expect_name(map, 0x1010, "new");
    expect_name(map, 0x10ff, "old");
    jit_map_destroy(map);
}

LP_TEST(jit_map, lines_that_are_none_are_passed_over)
{
    struct jit_map *map = open_map("\n"
                                   "hello\n"
                                   "1000\n"
                                   "1000 10\n"
                                   "1000 0 empty\n"
                                   "ffffffffffffffff 10 wraps\n"
                                   "1000 10 \n"
                                   "3000 10 last");

    expect_name(map, 0x1000, NULL);
    expect_name(map, UINT64_MAX, NULL);
    expect_name(map, 0x3000, "last");
    jit_map_destroy(map);
}

LP_TEST(jit_map, paths_of_processes)
{
    char *path = jit_map_path(123);

    cr_expect_str_eq(path, "/tmp/perf-123.map");
    cr_expect(jit_map_is_path(path));
    cr_expect(!jit_map_is_path("/tmp/perf-.map"));
    cr_expect(!jit_map_is_path("/tmp/perf-12.map.so"));
    cr_expect(!jit_map_is_path("/tmp/perf-x.map"));
    cr_expect(!jit_map_is_path("[anon]"));
    free(path);
}

// Another's link must not lead lprof elsewhere.
LP_TEST(jit_map, only_files_are_read)
{
    struct jit_map *map = NULL;
    struct lprof_error *err = jit_map_open("/dev/null", &map);

    cr_assert(err && !map);
    cr_expect(err->code == LPROF_ERROR_PERMISSION);
    error_destroy(err);
    err = jit_map_open("/proc/self/exe", &map);
    cr_assert(err && !map);
    error_destroy(err);
}
