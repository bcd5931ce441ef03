/**
 * @file
 * Which of many half-open address ranges an address lies in.
 */
#ifndef LPROF_OBJECT_RANGES_H
#define LPROF_OBJECT_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
    uint64_t begin;
    uint64_t end; ///< First address behind.
    uint32_t value;
};

/** A set of ranges; a zeroed struct is empty. Sorted once, when the first address is looked up. */
struct ranges {
    struct range *items; ///< [count]
    uint64_t *reach;     ///< [count] When sorted: the highest end of this range and all before it.
    size_t count;
    size_t capacity;
    bool is_sorted;
};

/** Free it. */
void ranges_deinit(struct ranges *ranges);

/** Add a range; an empty one is left out. */
void ranges_add(struct ranges *ranges, uint64_t begin, uint64_t end, uint32_t value);

/**
 * The range that holds the address, or NULL: of several the one that begins last, and of equals the
 * one with the lowest value.
 */
const struct range *ranges_find(struct ranges *ranges, uint64_t addr);

#endif
