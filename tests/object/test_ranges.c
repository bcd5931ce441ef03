#include "object/ranges.h"

#include "support/test.h"

static int value_at(struct ranges *ranges, uint64_t addr)
{
    const struct range *range = ranges_find(ranges, addr);

    return range ? (int)range->value : -1;
}

LP_TEST(ranges, half_open_and_in_any_order)
{
    struct ranges ranges = {0};

    cr_expect_eq(value_at(&ranges, 0), -1);
    ranges_add(&ranges, 30, 40, 3);
    ranges_add(&ranges, 10, 20, 1);
    ranges_add(&ranges, 20, 25, 2);
    ranges_add(&ranges, 50, 50, 4);
    cr_expect_eq(value_at(&ranges, 9), -1);
    cr_expect_eq(value_at(&ranges, 10), 1);
    cr_expect_eq(value_at(&ranges, 19), 1);
    cr_expect_eq(value_at(&ranges, 20), 2);
    cr_expect_eq(value_at(&ranges, 25), -1);
    cr_expect_eq(value_at(&ranges, 39), 3);
    cr_expect_eq(value_at(&ranges, 40), -1);
    cr_expect_eq(value_at(&ranges, 50), -1);
    ranges_deinit(&ranges);
}

LP_TEST(ranges, of_several_the_one_that_begins_last_holds_the_address)
{
    struct ranges ranges = {0};

    ranges_add(&ranges, 0, 100, 0);
    ranges_add(&ranges, 10, 20, 1);
    ranges_add(&ranges, 12, 14, 2);
    cr_expect_eq(value_at(&ranges, 13), 2);
    cr_expect_eq(value_at(&ranges, 15), 1);
    cr_expect_eq(value_at(&ranges, 99), 0);
    // Added later, of one beginning: the lower value.
    ranges_add(&ranges, 12, 16, 5);
    cr_expect_eq(value_at(&ranges, 13), 2);
    cr_expect_eq(value_at(&ranges, 15), 5);
    ranges_deinit(&ranges);
}
