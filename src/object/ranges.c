#include "object/ranges.h"

#include <stdlib.h>

#include "base/mem.h"

void ranges_deinit(struct ranges *ranges)
{
    free(ranges->items);
    free(ranges->reach);
    *ranges = (struct ranges){0};
}

void ranges_add(struct ranges *ranges, uint64_t begin, uint64_t end, uint32_t value)
{
    if (begin >= end)
        return;
    ranges->items =
        mem_grow(ranges->items, &ranges->capacity, ranges->count, sizeof *ranges->items);
    ranges->items[ranges->count++] = (struct range){begin, end, value};
    ranges->is_sorted = false;
}

// Of equal beginnings the lowest value stands last, so that a search from above meets it first.
static int compare(const void *a, const void *b)
{
    const struct range *x = a;
    const struct range *y = b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->value > y->value ? -1 : x->value < y->value;
}

static void sort(struct ranges *ranges)
{
    ranges->is_sorted = true;
    if (!ranges->count)
        return;
    qsort(ranges->items, ranges->count, sizeof *ranges->items, compare);
    free(ranges->reach);
    ranges->reach = mem_alloc_array(ranges->count, sizeof *ranges->reach);
    uint64_t reach = 0;
    for (size_t i = 0; i < ranges->count; i++) {
        if (ranges->items[i].end > reach)
            reach = ranges->items[i].end;
        ranges->reach[i] = reach;
    }
}

const struct range *ranges_find(struct ranges *ranges, uint64_t addr)
{
    if (!ranges->is_sorted)
        sort(ranges);
    size_t low = 0;
    size_t high = ranges->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->items[middle].begin <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    // Ranges may overlap: go down while one that begins earlier may still reach the address.
    for (; low > 0 && ranges->reach[low - 1] > addr; low--)
        if (addr < ranges->items[low - 1].end)
            return &ranges->items[low - 1];
    return NULL;
}
