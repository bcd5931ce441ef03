/**
 * @file
 * What one process mapped as memory, by address: ranges of which parts can go.
 */
#ifndef LPROF_INGEST_HEAP_RANGES_H
#define LPROF_INGEST_HEAP_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_site;

struct heap_range {
    uint64_t start;
    uint64_t end;
    struct heap_site *site;
    double count; ///< Allocations that end with it: 1, or 0 for a part that another part outlives.
};

/** Zeroed = empty. */
struct heap_ranges {
    struct heap_range *ranges; ///< [n] by address; none touches another's inside.
    size_t n;
    size_t capacity;
};

/** Free all. */
void heap_ranges_deinit(struct heap_ranges *ranges);

/** Add a range; nothing may lie in it. An empty one is not added. */
void heap_ranges_put(struct heap_ranges *ranges, const struct heap_range *range);

/**
 * Take out one part that lies in [start, end).
 *
 * @return False when nothing is there any more.
 */
bool heap_ranges_take(struct heap_ranges *ranges, uint64_t start, uint64_t end,
                      struct heap_range *ret);

#endif
