/**
 * @file
 * Where a function's stack frame looks the same: between which addresses call frame information gives the
 * same rules, all registers included.
 *
 * @source DWARF 5 section 6.4.2
 */
#ifndef LPROF_OBJECT_FRAME_SHAPES_H
#define LPROF_OBJECT_FRAME_SHAPES_H

#include "object/unwind_table.h"

#define FRAME_SHAPE_NONE 0 ///< Nothing is known of the frame.

/** From an address on, up to the next one. */
struct frame_shape {
    uint64_t addr;
    uint32_t shape; ///< The same number means the same rules; or FRAME_SHAPE_NONE.
};

/**
 * The shapes in [begin, end).
 *
 * @param[in,out] last The last number given out.
 * @param[out] ret By address; the first one at or before `begin`. Free it.
 * @return How many.
 */
size_t frame_shapes_find(struct unwind_table *table, uint64_t begin, uint64_t end, uint32_t *last,
                         struct frame_shape **ret);

#endif
