#include "ingest/heap_ranges.h"

#include "support/test.h"

static struct heap_site *site(uintptr_t i)
{
    return (struct heap_site *)(i + 1);
}

LP_TEST(heap_ranges, parts_go_one_by_one)
{
    struct heap_ranges ranges = {0};
    struct heap_range part;

    cr_expect(!heap_ranges_take(&ranges, 0, UINT64_MAX, &part));
    heap_ranges_put(&ranges, &(struct heap_range){0x5000, 0x9000, site(2), 1});
    heap_ranges_put(&ranges, &(struct heap_range){0x1000, 0x3000, site(1), 1});
    heap_ranges_put(&ranges, &(struct heap_range){0x9000, 0x9000, site(3), 1});
    cr_expect(ranges.n == 2, "what is empty is nothing");
    cr_expect(!heap_ranges_take(&ranges, 0x3000, 0x5000, &part), "a gap");
    // The middle of the second: two parts are left, of which one counts.
    cr_assert(heap_ranges_take(&ranges, 0x6000, 0x7000, &part));
    cr_expect(part.start == 0x6000 && part.end == 0x7000 && part.count == 0);
    cr_expect(!heap_ranges_take(&ranges, 0x6000, 0x7000, &part));
    cr_expect(ranges.n == 3);
    // All that is left, from low to high.
    double count = 0;
    uint64_t bytes = 0;
    while (heap_ranges_take(&ranges, 0x2000, 0x20000, &part)) {
        count += part.count;
        bytes += part.end - part.start;
    }
    cr_expect(bytes == 0x1000 + 0x1000 + 0x2000 && count == 1);
    cr_assert(ranges.n == 1 && ranges.ranges[0].end == 0x2000);
    cr_assert(heap_ranges_take(&ranges, 0, UINT64_MAX, &part) && part.count == 1);
    cr_expect(part.site == site(1) && !ranges.n);
    heap_ranges_deinit(&ranges);
}
