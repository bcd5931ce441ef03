/**
 * @file
 * Sums by pairs of numbers.
 */
#ifndef LPROF_REPORT_PAIR_SUMS_H
#define LPROF_REPORT_PAIR_SUMS_H

#include <stddef.h>
#include <stdint.h>

struct pair_sum {
    uint32_t first;
    uint32_t second;
    int64_t sum;
    uint32_t stamp; ///< For the caller: when it was last added to.
};

struct pair_sums {
    struct pair_sum *items; ///< [n] in the order they were first asked for.
    size_t n;
    size_t capacity;
    uint32_t *slots; ///< Open addressing: index + 1 of an item, 0 = free.
    size_t n_slots;  ///< A power of two.
};

/** Free it; a zeroed struct is an empty one. */
void pair_sums_deinit(struct pair_sums *sums);

/** The sum of a pair, 0 when it is new. Valid until the next call. */
struct pair_sum *pair_sums_get(struct pair_sums *sums, uint32_t first, uint32_t second);

#endif
