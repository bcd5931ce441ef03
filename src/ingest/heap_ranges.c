#include "ingest/heap_ranges.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void heap_ranges_deinit(struct heap_ranges *ranges)
{
    free(ranges->ranges);
    *ranges = (struct heap_ranges){0};
}

// The first range that ends behind an address.
static size_t first_behind(const struct heap_ranges *ranges, uint64_t addr)
{
    size_t low = 0;

    for (size_t high = ranges->n; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (ranges->ranges[middle].end <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void heap_ranges_put(struct heap_ranges *ranges, const struct heap_range *range)
{
    if (range->start >= range->end)
        return;
    size_t i = first_behind(ranges, range->start);
    ranges->ranges = mem_grow(ranges->ranges, &ranges->capacity, ranges->n, sizeof *ranges->ranges);
    memmove(&ranges->ranges[i + 1], &ranges->ranges[i], (ranges->n - i) * sizeof *ranges->ranges);
    ranges->ranges[i] = *range;
    ranges->n++;
}

static void erase(struct heap_ranges *ranges, size_t i)
{
    ranges->n--;
    memmove(&ranges->ranges[i], &ranges->ranges[i + 1], (ranges->n - i) * sizeof *ranges->ranges);
}

bool heap_ranges_take(struct heap_ranges *ranges, uint64_t start, uint64_t end,
                      struct heap_range *ret)
{
    size_t i = first_behind(ranges, start);

    if (i == ranges->n || start >= end || ranges->ranges[i].start >= end)
        return false;
    struct heap_range whole = ranges->ranges[i];
    struct heap_range part = whole;
    struct heap_range before = whole;
    struct heap_range behind = whole;
    part.start = start > whole.start ? start : whole.start;
    part.end = end < whole.end ? end : whole.end;
    before.end = part.start;
    behind.start = part.end;
    // The allocation ends with the last of its parts, or with one of them.
    bool has_before = before.start < before.end;
    if (has_before)
        behind.count = 0;
    if (has_before || behind.start < behind.end)
        part.count = 0;
    erase(ranges, i);
    heap_ranges_put(ranges, &before);
    heap_ranges_put(ranges, &behind);
    *ret = part;
    return true;
}
