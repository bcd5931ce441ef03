/**
 * @file
 * Sums by pairs of numbers.
 */
#ifndef LPROF_REPORT_PAIR_SUMS_H
#define LPROF_REPORT_PAIR_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pair_sum {
    uint32_t first;
    uint32_t second;
    int64_t sum;
    uint32_t stamp; ///< For the caller: when it was last added to.
    bool used;      ///< false = an empty slot.
};

struct pair_sums {
    struct pair_sum *slots; ///< [n_slots] an open addressing hash table, in no order.
    size_t n_slots;         ///< A power of two.
    size_t n;               ///< Slots in use.
};

/** Free it; a zeroed struct is an empty one. */
void pair_sums_deinit(struct pair_sums *sums);

/** The sum of a pair, 0 when it is new. Valid until the next call. */
struct pair_sum *pair_sums_get(struct pair_sums *sums, uint32_t first, uint32_t second);

#endif
