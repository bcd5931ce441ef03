/**
 * @file
 * How often each edge was taken, as far as the counts of blocks tell: the flow equations.
 *
 * What enters a block is what its first counter counts; what leaves it at its end is what its last
 * counter counts, unless a call lies behind that counter, which may not have returned. What enters the
 * hub leaves it. An equation with one unknown edge gives that edge; this is repeated.
 *
 * The landings at one pad are one unknown together: which of the calls threw is not told.
 */
#ifndef LPROF_CODE_EDGE_COUNTS_H
#define LPROF_CODE_EDGE_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "code/flow.h"

/** What is known of the blocks. */
struct block_counts {
    const uint64_t *start; ///< Per block, how often it was entered.
    const uint64_t *end;   ///< Per block, how often control came to its end ...
    const bool *end_known; ///< ... where that is known.
};

struct edge_counts {
    uint32_t *unknown_of; ///< Per edge, its unknown.
    uint32_t count;       ///< How many unknowns there are.
    bool *known;          ///< Per unknown.
    uint64_t *value;      ///< Per unknown, its count where it is known.
};

/** All unknown. Free with edge_counts_deinit(). */
void edge_counts_init(struct edge_counts *ret, const struct flow *flow);

/** Free what it holds; a zeroed struct is allowed. */
void edge_counts_deinit(struct edge_counts *counts);

/** Forget everything. */
void edge_counts_reset(struct edge_counts *counts);

/** Set the count of an edge. */
void edge_counts_set(struct edge_counts *counts, uint32_t edge, uint64_t value);

/** Whether an edge's count is known (the sum of the landings at its pad, where it is one). */
bool edge_counts_known(const struct edge_counts *counts, uint32_t edge);

/** The count of an edge; 0 where it is not known. */
uint64_t edge_counts_get(const struct edge_counts *counts, uint32_t edge);

/**
 * Solve the equations as far as they go. Which edges become known depends on `end_known` and on the
 * edges set before alone, never on the numbers. A difference below zero is taken as zero: counting can
 * start or end in the middle of a function.
 */
void edge_counts_solve(struct edge_counts *counts, const struct flow *flow,
                       const struct block_counts *blocks);

#endif
