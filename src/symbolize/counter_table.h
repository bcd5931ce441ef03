/**
 * @file
 * The counters of one module, by address.
 */
#ifndef LPROF_SYMBOLIZE_COUNTER_TABLE_H
#define LPROF_SYMBOLIZE_COUNTER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"

struct counter_table {
    struct profile_counter *items; ///< [n] by kind, address and `from`.
    size_t n;
};

/** The counters of a module, of the whole run. Free with counter_table_deinit(). */
void counter_table_init(struct counter_table *ret, const struct profile_counters *counters,
                        uint32_t mapping);

/** Those of what ran inside of a region alone. Which code they are of is told as for the whole run. */
void counter_table_init_in(struct counter_table *ret, const struct profile_counters *counters,
                           uint32_t mapping, uint32_t region);

/** Free it. */
void counter_table_deinit(struct counter_table *table);

/** Those of a kind. */
const struct profile_counter *counter_table_kind(const struct counter_table *table,
                                                 enum profile_counter_kind kind, size_t *n_ret);

/** Those of a kind at an address. */
const struct profile_counter *counter_table_at(const struct counter_table *table,
                                               enum profile_counter_kind kind, uint64_t addr,
                                               size_t *n_ret);

/** Whether there are any of a kind at the addresses from `begin` up to `end`. */
bool counter_table_any(const struct counter_table *table, enum profile_counter_kind kind,
                       uint64_t begin, uint64_t end);

/** The sum of those of a kind at an address. */
uint64_t counter_table_sum(const struct counter_table *table, enum profile_counter_kind kind,
                           uint64_t addr);

/** The count of the way from one instruction to another. */
uint64_t counter_table_edge(const struct counter_table *table, uint64_t from, uint64_t to);

#endif
