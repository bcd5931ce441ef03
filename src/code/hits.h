/**
 * @file
 * Hits of source lines, from counts of pieces of machine code.
 *
 * A hit is one pass through a line: once per call of the function, and once more for each round of a
 * loop that the line is in. A `for` header counts n + 1, a `do` loop n, a call spread over three
 * lines counts its first line once however often control comes back to it after an argument.
 *
 * In full:
 *  1. The line of an instruction is the last line-table row at or below it. Line 0, or no row: no
 *     line. A nop counts only if a row starts at it. (line_map.h, block_lines.h)
 *  2. Blocks are maximal straight-line code; a call does not end one. count(B, L) is the count of the
 *     part of B in which L first occurs. (flow.h, counter_points.h)
 *  3. Transparent jumps carry no line: a final run that is only a direct jump whose line is that of
 *     its target; a block that is only a direct jump, if its line has an instruction other than a
 *     direct jump elsewhere in the function. A jump out of the function is a call. (block_lines.h)
 *  4. A back edge A -> B is one where B dominates A; where no node dominates its loop, one that
 *     retreats in a depth-first walk from the entry in address order. Edges include call -> landing
 *     pad. All indirect jumps of a function pass through one hub. (loops.h)
 *  5. A line is done at a point if on every path there it has run since the path's last fresh start
 *     for it. (passes.h)
 *  6. hits(L) = sum over blocks B containing L of count(B, L) - the counts of those in-edges of B on
 *     which L is done; nothing if it is done on all.
 *
 * Lines are those of the map: the hits of a source line are the sum over its chains.
 */
#ifndef LPROF_CODE_HITS_H
#define LPROF_CODE_HITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/counter_points.h"
#include "code/flow.h"
#include "code/line_map.h"
#include "code/line_notes.h"

/** All that can be said of a function before it runs. */
struct hits_plan; // opaque

/** What the counters of a function's counter points say. */
struct hits_counts {
    const uint64_t *parts; ///< Per part.
    const uint64_t *edges; ///< Per needed edge, in the order of counter_points.
};

/** One line of a function. */
struct hits_line {
    uint32_t line; ///< Of the map.
    uint64_t hits;
    uint64_t instructions; ///< Executed for the line; those of functions it calls are not its own.
    uint64_t branches;     ///< Conditional branches executed whose way is known.
    uint64_t taken;        ///< How many of those were taken.
    uint64_t ways_unknown; ///< Conditional branches executed whose way is not known.
    bool executed;         ///< One of its instructions ran, be it without a hit.
    bool approximate;      ///< The counts do not fully tell its hits: they may be too high.
    struct line_notes notes;
};

/**
 * Plan the counting of a function.
 *
 * @param flow,map Borrowed until the plan is destroyed.
 * @param branches Also count which way branches go (hits_line.taken); costs more counters.
 */
struct hits_plan *hits_plan_create(const struct flow *flow, const struct line_map *map,
                                   bool branches);

/** Free a plan. NULL is allowed. */
void hits_plan_destroy(struct hits_plan *plan);

/** Where the function is to be counted. */
const struct counter_points *hits_plan_points(const struct hits_plan *plan);

/**
 * Compute the hits of every line that has code in the function, in no order.
 *
 * @param[out] ret Free the array.
 * @return How many lines there are.
 */
size_t hits_compute(struct hits_plan *plan, const struct hits_counts *counts,
                    struct hits_line **ret);

#endif
