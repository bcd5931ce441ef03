// Files that are cut short or have wrong bytes: every look-up ends, and none leaves the file.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "object/object.h"
#include "support/folder.h"
#include "support/test.h"

// The same numbers in every run.
static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *state >> 33;
}

// Ask for addresses all over the code. Returns how many had a line.
static size_t ask_all(struct object *obj)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t n_segments;
    size_t with_line = 0;
    const struct object_segment *segments = object_segments(obj, &n_segments);

    for (size_t i = 0; i < n_segments; i++) {
        uint64_t step = segments[i].size / 40 + 1;
        for (uint64_t at = 0; at < segments[i].size; at += step) {
            size_t count = object_frames_at(obj, segments[i].addr + at, frames);
            cr_assert_leq(count, OBJECT_FRAMES_MAX);
            with_line += count && frames[0].line;
        }
    }
    return with_line;
}

static size_t ask_memory(const uint8_t *bytes, size_t size)
{
    struct object *obj = NULL;
    struct lprof_error *err = object_open_memory("damaged", bytes, size, &obj);

    if (err) {
        error_destroy(err);
        return 0;
    }
    size_t with_line = ask_all(obj);
    object_destroy(obj);
    return with_line;
}

// Every fourth copy is cut short, the others have wrong bytes. Free it.
static uint8_t *damaged_copy(const struct file_map *map, size_t round, uint64_t *state,
                             size_t *size_ret)
{
    uint8_t *bytes = mem_dup(map->bytes, map->size);

    *size_ret = round % 4 == 3 ? next_random(state) % map->size : map->size;
    for (size_t k = 0; round % 4 != 3 && k < 1 + round % 40; k++)
        bytes[next_random(state) % map->size] = (uint8_t)next_random(state);
    return bytes;
}

static struct file_map map_fixture(const char *name)
{
    char path[512];
    struct file_map map;

    snprintf(path, sizeof path, "%s/%s", FIXTURE_DIR, name);
    struct lprof_error *err = file_map(path, &map);
    cr_assert_null(err, "%s", path);
    return map;
}

static void damage_file(const char *name, size_t rounds, bool has_lines)
{
    struct file_map map = map_fixture(name);
    uint64_t state = 1;

    cr_expect_eq(ask_memory(map.bytes, map.size) > 0, has_lines, "lines of %s", name);
    for (size_t i = 0; i < rounds; i++) {
        size_t size;
        uint8_t *bytes = damaged_copy(&map, i, &state, &size);
        ask_memory(bytes, size);
        free(bytes);
    }
    file_unmap(&map);
}

// A program with a damaged package of split units beside it.
static void damage_package(const char *name, size_t rounds)
{
    char *folder = folder_create();
    char *path = folder_add_file(folder, "program", "");
    char *package_path = mem_printf("%s.dwp", path);
    char *package_name = mem_printf("%s.dwp", name);
    struct file_map program = map_fixture(name);
    struct file_map package = map_fixture(package_name);
    uint64_t state = 1;

    cr_assert_null(file_replace(path, program.bytes, program.size, 0));
    for (size_t i = 0; i < rounds; i++) {
        size_t size;
        struct object *obj = NULL;
        uint8_t *bytes = damaged_copy(&package, i, &state, &size);
        cr_assert_null(file_replace(package_path, bytes, size, 0));
        cr_assert_null(object_open(path, NULL, &obj));
        cr_expect_gt(ask_all(obj), 0, "the lines are those of the program");
        object_destroy(obj);
        free(bytes);
    }
    file_unmap(&package);
    file_unmap(&program);
    free(package_name);
    free(package_path);
    free(path);
    folder_remove(folder);
}

static void damage(const char *name, size_t rounds)
{
    damage_file(name, rounds, true);
}

static void damage_without_lines(const char *name, size_t rounds)
{
    damage_file(name, rounds, false);
}

LP_TEST(damage, of_small_files_is_survived)
{
    damage("asm/lines.dwarf4", 400);
    damage("asm/lines.dwarf5", 400);
}

LP_TEST(damage, of_programs_is_survived)
{
    damage("hello", 150);
    damage("hello.gz", 150);
    damage_without_lines("hello.mini", 150);
    damage("frames/nested.gcczstd", 150);
    damage("frames/nested.gcc5", 150);
    damage("frames/nested.gcc4", 150);
    damage("frames/chain.dwz", 100);
    damage("frames/split.gcc5/program", 50);
}

LP_TEST(damage, of_packages_is_survived)
{
    damage_package("frames/packed.gcc5/program", 100);
    damage_package("frames/packed.gcc4/program", 100);
}
