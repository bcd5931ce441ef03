/**
 * @file
 * The dominator tree of a graph, and the depth-first walk it is computed from.
 *
 * A node dominates another when every path from the entry to the other leads through it. The walk
 * takes lower numbered nodes first; a node that it does not reach is in no order and dominates nothing.
 *
 * @source Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm (2001)
 */
#ifndef LPROF_CODE_DOMINATORS_H
#define LPROF_CODE_DOMINATORS_H

#include <stdbool.h>
#include <stdint.h>

#include "code/graph.h"

#define DOMINATORS_UNREACHED UINT32_MAX

struct dominators {
    uint32_t *order;  ///< The reached nodes in reverse postorder of the walk.
    uint32_t count;   ///< How many were reached.
    uint32_t *number; ///< Per node, its place in `order`, or DOMINATORS_UNREACHED.
    uint32_t *parent; ///< Per node, its immediate dominator; the entry is its own.
};

/** Compute from a finished graph. Free with dominators_deinit(). */
void dominators_init(struct dominators *ret, const struct graph *graph, uint32_t entry);

/** Free what it holds; a zeroed struct is allowed. */
void dominators_deinit(struct dominators *dominators);

/** Whether the walk reached the node. */
bool dominators_reached(const struct dominators *dominators, uint32_t node);

/** Whether `upper` dominates `lower`; a reached node dominates itself. */
bool dominators_dominates(const struct dominators *dominators, uint32_t upper, uint32_t lower);

/**
 * Whether an edge retreats: it leads to a node that the walk had entered and not yet left when it took
 * the edge. Every edge whose destination dominates its source does, in any walk.
 */
bool dominators_retreats(const struct dominators *dominators, struct graph_edge edge);

#endif
