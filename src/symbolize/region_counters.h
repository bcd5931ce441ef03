/**
 * @file
 * The counters of one module by the region that they counted inside of.
 */
#ifndef LPROF_SYMBOLIZE_REGION_COUNTERS_H
#define LPROF_SYMBOLIZE_REGION_COUNTERS_H

#include <stdbool.h>

#include "symbolize/counter_table.h"

/** What was counted in one region, those inside of it left out. */
struct region_counters_one {
    uint32_t region; ///< Id.
    struct counter_table counters;
};

/** A zeroed struct has none. */
struct region_counters {
    struct region_counters_one *items; ///< [n]
    size_t n;
};

/** Free with region_counters_deinit(). */
void region_counters_init(struct region_counters *ret, const struct profile *profile,
                          uint32_t mapping);

/** Free them. */
void region_counters_deinit(struct region_counters *regions);

/** Whether the function with this entry ran there. */
bool region_counters_ran(const struct region_counters_one *one, uint64_t entry);

#endif
