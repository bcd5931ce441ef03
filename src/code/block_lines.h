/**
 * @file
 * Which lines run in which basic block: rules 1 to 3 of what a hit is (hits.h).
 *
 * The lines of a function are numbered again from 0, so that sets of them are small ("slots").
 */
#ifndef LPROF_CODE_BLOCK_LINES_H
#define LPROF_CODE_BLOCK_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "code/flow.h"
#include "code/line_map.h"

#define BLOCK_LINES_NONE UINT32_MAX

/** A line in a block. */
struct block_line {
    uint32_t slot;
    uint32_t first; ///< The first instruction of the line in the block.
};

/** The lines of one block, in the order in which they first run. */
struct block_line_list {
    uint32_t first; ///< In `runs`.
    uint32_t count;
    uint32_t last_slot; ///< Of the last instruction that has a line, transparent or not.
};

struct block_lines {
    uint32_t *slot_of_insn; ///< Per instruction, or BLOCK_LINES_NONE.
    uint32_t *line_of_slot; ///< The line of line_map.h.
    uint32_t slot_count;
    struct block_line *runs;
    uint32_t run_count;
    struct block_line_list *blocks; ///< Per block. Transparent jumps are left out.
};

/** Find the lines of every block. Free with block_lines_deinit(). */
void block_lines_init(struct block_lines *ret, const struct flow *flow, const struct line_map *map);

/** Free what it holds; a zeroed struct is allowed. */
void block_lines_deinit(struct block_lines *lines);

/** The slot of the first line that runs in a block, or BLOCK_LINES_NONE. */
uint32_t block_lines_first(const struct block_lines *lines, uint32_t block);

#endif
