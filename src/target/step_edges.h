/**
 * @file
 * Counts by pairs of addresses: a hash table with open addressing, for the one place where lprof counts
 * millions of times.
 */
#ifndef LPROF_TARGET_STEP_EDGES_H
#define LPROF_TARGET_STEP_EDGES_H

#include "target/step_plan.h"

struct step_edges {
    struct step_edge *slots; ///< [capacity] Free ones have a count of 0.
    size_t capacity;         ///< A power of two, or 0.
    size_t count;
};

/** Free what it holds; a zeroed struct is allowed and is an empty table. */
void step_edges_deinit(struct step_edges *edges);

/** Add to a pair's count. */
void step_edges_add(struct step_edges *edges, uint64_t from, uint64_t to, uint64_t count);

#endif
