/**
 * @file
 * Where a function needs counters so that the hits of its lines can be computed: one at the start of
 * each part of a block, and the few edges that no equation gives.
 *
 * A block is split behind a call that another line follows, as a call that never returns must not
 * count the lines behind it. Of several calls the last one before the new line splits. Between calls
 * with no room for a jump (`call a; call b`) nothing can be counted: there the line of the second
 * takes the count before the first.
 */
#ifndef LPROF_CODE_COUNTER_POINTS_H
#define LPROF_CODE_COUNTER_POINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "code/block_lines.h"
#include "code/edge_counts.h"
#include "code/flow.h"
#include "code/loops.h"
#include "code/passes.h"

/** A part of a block, which one counter counts at its start. */
struct counter_part {
    uint32_t block;
    uint32_t
        first;    ///< Its first instruction; behind a call where the part is not its block's first.
    uint32_t end; ///< Behind its last instruction.
};

struct counter_points {
    struct counter_part *parts; ///< By address.
    uint32_t part_count;
    uint32_t *first_part; ///< Per block, and one more at the end.
    uint32_t *edges; ///< Edges that need a counter, by number. A landing stands for all of its pad.
    uint32_t edge_count;
};

/** What counter_points_init() goes by. All is borrowed for the time of the call. */
struct counter_input {
    const struct flow *flow;
    const struct block_lines *lines;
    const struct loops *loops;
    const struct passes *passes;
    bool branches; ///< Also count how often each branch is taken.
};

/** Find them. Free with counter_points_deinit(). */
void counter_points_init(struct counter_points *ret, const struct counter_input *input);

/** Free what it holds; a zeroed struct is allowed. */
void counter_points_deinit(struct counter_points *points);

/** The part that an instruction of a block is in. */
uint32_t counter_points_part_of(const struct counter_points *points, const struct flow *flow,
                                uint32_t insn);

/**
 * Whether the last counter of a block also tells how often its end is come to: no call lies behind it.
 */
bool counter_points_end_known(const struct counter_points *points, const struct flow *flow,
                              uint32_t block);

#endif
