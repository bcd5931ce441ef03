// Files that are cut short or have wrong bytes: every look-up ends, and none leaves the file.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "object/object.h"
#include "support/test.h"

// The same numbers in every run.
static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *state >> 33;
}

// Ask for addresses all over the code. Returns how many had a line.
static size_t ask_all(const uint8_t *bytes, size_t size)
{
    struct object *obj = NULL;
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t n_segments;
    size_t with_line = 0;
    struct lprof_error *err = object_open_memory("damaged", bytes, size, &obj);

    if (err) {
        error_destroy(err);
        return 0;
    }
    const struct object_segment *segments = object_segments(obj, &n_segments);
    for (size_t i = 0; i < n_segments; i++) {
        uint64_t step = segments[i].size / 40 + 1;
        for (uint64_t at = 0; at < segments[i].size; at += step) {
            size_t count = object_frames_at(obj, segments[i].addr + at, frames);
            cr_assert_leq(count, OBJECT_FRAMES_MAX);
            with_line += count && frames[0].line;
        }
    }
    object_destroy(obj);
    return with_line;
}

static void damage_file(const char *name, size_t rounds, bool has_lines)
{
    char path[512];
    struct file_map map;
    uint64_t state = 1;

    snprintf(path, sizeof path, "%s/%s", FIXTURE_DIR, name);
    struct lprof_error *err = file_map(path, &map);
    cr_assert_null(err, "%s", path);
    cr_expect_eq(ask_all(map.bytes, map.size) > 0, has_lines, "lines of %s", path);
    for (size_t i = 0; i < rounds; i++) {
        size_t size = map.size;
        uint8_t *bytes = mem_dup(map.bytes, map.size);
        // Three in four have wrong bytes, the others are cut short.
        if (i % 4 == 3)
            size = next_random(&state) % size;
        for (size_t k = 0; i % 4 != 3 && k < 1 + i % 40; k++)
            bytes[next_random(&state) % size] = (uint8_t)next_random(&state);
        ask_all(bytes, size);
        free(bytes);
    }
    file_unmap(&map);
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
}
