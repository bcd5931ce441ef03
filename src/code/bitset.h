/**
 * @file
 * Sets of small numbers, one bit each. A set is an array of bitset_words(size) words.
 */
#ifndef LPROF_CODE_BITSET_H
#define LPROF_CODE_BITSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Words that a set of numbers below `size` takes. */
static inline size_t bitset_words(size_t size)
{
    return (size + 63) / 64;
}

static inline void bitset_add(uint64_t *set, size_t number)
{
    set[number / 64] |= UINT64_C(1) << number % 64;
}

static inline void bitset_remove(uint64_t *set, size_t number)
{
    set[number / 64] &= ~(UINT64_C(1) << number % 64);
}

static inline bool bitset_has(const uint64_t *set, size_t number)
{
    return set[number / 64] >> number % 64 & 1;
}

#endif
