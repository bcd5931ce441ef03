#include "ingest/resident.h"

#include "support/test.h"

enum { PAGE = 4096, HUGE_PAGE = 2 << 20, MINE = 7, CHILD = 8 };

LP_TEST(resident, a_page_counts_once)
{
    struct resident resident;

    resident_init(&resident);
    cr_expect(resident_touch(&resident, MINE, 0x7f0000001234, PAGE) == PAGE);
    cr_expect(resident_touch(&resident, MINE, 0x7f0000001fff, PAGE) == 0);
    cr_expect(resident_touch(&resident, MINE, 0x7f0000002000, PAGE) == PAGE);
    cr_expect(resident_size(&resident, MINE) == 2 * PAGE);
    cr_expect(resident.again_bytes == PAGE);
    cr_expect(resident_size(&resident, CHILD) == 0);
    resident_deinit(&resident);
}

LP_TEST(resident, a_huge_page_counts_what_was_not_there)
{
    struct resident resident;

    resident_init(&resident);
    cr_expect(resident_touch(&resident, MINE, 0x40000123, PAGE) == PAGE);
    cr_expect(resident_touch(&resident, MINE, 0x40100000, HUGE_PAGE) == HUGE_PAGE - PAGE);
    cr_expect(resident_touch(&resident, MINE, 0x401ff000, PAGE) == 0);
    cr_expect(resident_touch(&resident, MINE, 0x80000000, UINT64_C(1) << 30) == 1 << 30);
    cr_expect(resident_touch(&resident, MINE, UINT64_MAX, HUGE_PAGE) == HUGE_PAGE);
    resident_deinit(&resident);
}

LP_TEST(resident, what_is_no_size_of_a_page_is_a_small_one)
{
    struct resident resident;
    const uint64_t wrong[] = {0, 1, 4095, 5000, UINT64_C(1) << 31, UINT64_MAX};

    resident_init(&resident);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect(resident_touch(&resident, MINE, i * PAGE, wrong[i]) == PAGE);
    resident_deinit(&resident);
}

LP_TEST(resident, growth_is_added_to_the_size_that_was_read)
{
    struct resident resident;

    resident_init(&resident);
    resident_touch(&resident, MINE, 0, PAGE);
    resident_read(&resident, MINE, 100 * PAGE);
    cr_expect(resident_size(&resident, MINE) == 100 * PAGE);
    resident_touch(&resident, MINE, PAGE, PAGE);
    resident_touch(&resident, MINE, PAGE, PAGE);
    cr_expect(resident_size(&resident, MINE) == 101 * PAGE);
    resident_read(&resident, MINE, 3 * PAGE); // It gave memory back.
    resident_touch(&resident, MINE, 2 * PAGE, PAGE);
    cr_expect(resident_size(&resident, MINE) == 4 * PAGE);
    resident_deinit(&resident);
}

LP_TEST(resident, a_child_has_its_parents_memory)
{
    struct resident resident;

    resident_init(&resident);
    resident_touch(&resident, CHILD, 0x9000, PAGE); // An older process with its pid.
    resident_touch(&resident, MINE, 0x1000, PAGE);
    resident_fork(&resident, MINE, MINE); // A thread.
    resident_fork(&resident, MINE, CHILD);
    cr_expect(resident_size(&resident, CHILD) == PAGE);
    cr_expect(resident_touch(&resident, CHILD, 0x1000, PAGE) == 0);
    cr_expect(resident_touch(&resident, CHILD, 0x9000, PAGE) == PAGE);
    cr_expect(resident_touch(&resident, MINE, 0x9000, PAGE) == PAGE);
    resident_drop(&resident, CHILD); // It runs another program.
    cr_expect(resident_size(&resident, CHILD) == 0);
    cr_expect(resident_touch(&resident, CHILD, 0x1000, PAGE) == PAGE);
    resident_deinit(&resident);
}
