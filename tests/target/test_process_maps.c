#include "target/process_maps.h"

#include <string.h>
#include <unistd.h>

#include "support/test.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct process_maps make(struct process_map *items, size_t count)
{
    return (struct process_maps){.items = items, .count = count};
}

static void expect_reach(uint64_t place, uint64_t size, uint64_t low, uint64_t high)
{
    uint64_t from = place < low ? place : low;
    uint64_t to = place + size > high ? place + size : high;

    cr_expect_lt(to - from, 2 * GIB);
    cr_expect_eq(place % 4096, 0);
}

LP_TEST(process_maps, reads_itself)
{
    struct process_maps maps;
    bool found = false;

    cr_assert_null(process_maps_read(getpid(), &maps));
    for (size_t i = 0; i < maps.count; i++) {
        cr_expect_lt(maps.items[i].start, maps.items[i].end);
        found =
            found || (maps.items[i].executable && strstr(maps.items[i].path, "test_process_maps"));
    }
    cr_expect(found);
    process_maps_deinit(&maps);
}

LP_TEST(process_maps, a_process_that_is_gone_is_an_error)
{
    struct process_maps maps;
    struct lprof_error *err = process_maps_read(0x3fffffff, &maps);

    cr_expect_not_null(err);
    error_destroy(err);
}

LP_TEST(process_maps, room_lies_below_when_there_is_some)
{
    struct process_map items[] = {{.start = 100 * GIB, .end = 100 * GIB + MIB},
                                  {.start = 120 * GIB, .end = 121 * GIB}};
    struct process_maps maps = make(items, 2);
    uint64_t place;

    cr_assert(process_maps_gap(&maps, 100 * GIB, 100 * GIB + MIB, 10 * MIB, &place));
    cr_expect_leq(place + 10 * MIB, 100 * GIB);
    expect_reach(place, 10 * MIB, 100 * GIB, 100 * GIB + MIB);
}

LP_TEST(process_maps, a_program_at_low_addresses_gets_room_above_its_heap)
{
    struct process_map items[] = {{.start = 4 * MIB, .end = 6 * MIB},
                                  {.start = 30 * MIB, .end = 31 * MIB}};
    struct process_maps maps = make(items, 2);
    uint64_t place;

    cr_assert(process_maps_gap(&maps, 4 * MIB, 6 * MIB, MIB, &place));
    cr_expect_gt(place, 500 * MIB);
    expect_reach(place, MIB, 4 * MIB, 6 * MIB);
}

LP_TEST(process_maps, small_gaps_and_far_ones_are_none)
{
    struct process_map items[] = {{.start = 90 * GIB, .end = 100 * GIB - MIB},
                                  {.start = 100 * GIB, .end = 110 * GIB}};
    struct process_maps maps = make(items, 2);
    uint64_t place = 7;

    cr_expect_not(process_maps_gap(&maps, 100 * GIB, 100 * GIB + MIB, 2 * MIB, &place));
    cr_expect_eq(place, 7);
    cr_assert(process_maps_gap(&maps, 100 * GIB, 100 * GIB + MIB, MIB, &place));
    cr_expect_eq(place, 100 * GIB - MIB);
}
