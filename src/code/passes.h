/**
 * @file
 * Which lines have already run in the current pass wherever control comes by: rule 5 of hits.h.
 *
 * A line is done at a point if on every way there it has run since that way's last fresh start for it.
 * All lines start fresh at the function's entry. The lines of a loop start fresh where control enters
 * the loop from outside and where it goes round, except that on entering, the line just running stays
 * done if the loop starts with that same line (a `for` initialiser falling into its test).
 */
#ifndef LPROF_CODE_PASSES_H
#define LPROF_CODE_PASSES_H

#include <stdbool.h>
#include <stdint.h>

#include "code/block_lines.h"
#include "code/flow.h"
#include "code/loops.h"

struct passes {
    size_t words;           ///< Words of one set of slots.
    uint64_t *done_at_node; ///< Per node, the slots done at its start.
    uint64_t *done_on_edge; ///< Per edge, the slots done when it reaches its destination.
};

/** Compute. Free with passes_deinit(). */
void passes_init(struct passes *ret, const struct flow *flow, const struct block_lines *lines,
                 const struct dominators *dominators, const struct loops *loops);

/** Free what it holds; a zeroed struct is allowed. */
void passes_deinit(struct passes *passes);

/** Whether a line is done at the start of a node, whichever way control came. */
bool passes_done(const struct passes *passes, uint32_t node, uint32_t slot);

/** Whether a line is done for control that comes along an edge. */
bool passes_done_on_edge(const struct passes *passes, uint32_t edge, uint32_t slot);

#endif
