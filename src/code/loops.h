/**
 * @file
 * The loops of a graph: its back edges, and for each of their destinations the nodes that go round.
 *
 * A back edge is one whose destination dominates its source; where a loop can be entered at several
 * nodes none of them dominates, and the edges that retreat in the walk of dominators.h take that part.
 * The loop of a header is all nodes on a way from the header to one of its back edges; in a loop with
 * one entry these are the natural loop.
 */
#ifndef LPROF_CODE_LOOPS_H
#define LPROF_CODE_LOOPS_H

#include <stdbool.h>
#include <stdint.h>

#include "code/dominators.h"
#include "code/graph.h"

#define LOOPS_NONE UINT32_MAX

struct loop {
    uint32_t header;
    bool natural;      ///< The header dominates every node of the loop.
    uint32_t size;     ///< Nodes in it.
    uint64_t *members; ///< A bitset of nodes.
};

struct loops {
    struct loop *loops; ///< By header, in the order of the walk: outer loops first.
    uint32_t count;
    bool *back_edge;    ///< Per edge.
    uint32_t *headed;   ///< Per node, the loop it is the header of, or LOOPS_NONE.
    uint32_t *depth;    ///< Per node, how many loops it is in.
    uint32_t *smallest; ///< Per node, the smallest loop it is in, or LOOPS_NONE.
};

/** Find the loops of a finished graph. Free with loops_deinit(). */
void loops_init(struct loops *ret, const struct graph *graph, const struct dominators *dominators);

/** Free what it holds; a zeroed struct is allowed. */
void loops_deinit(struct loops *loops);

/** Whether a node is in a loop. */
bool loops_holds(const struct loop *loop, uint32_t node);

#endif
