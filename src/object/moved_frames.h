/**
 * @file
 * Call frame information for code that was copied elsewhere: the entries of the original, with every
 * change of the rules moved to where it happens in the copy.
 *
 * @source DWARF 5 section 6.4; LSB 5.0 section 10.6 (.eh_frame)
 */
#ifndef LPROF_OBJECT_MOVED_FRAMES_H
#define LPROF_OBJECT_MOVED_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "object/unwind_table.h"

/** From an offset in the copy on, up to the next place, the code does what that at `addr` does. */
struct moved_place {
    uint64_t offset;
    uint64_t addr;   ///< File address in the original.
    uint64_t pushed; ///< By how much the stack pointer is lower than there [bytes].
};

/** An entry for [offset, offset + size) of the copy. */
struct moved_entry {
    uint64_t offset;
    uint64_t size;
    size_t at; ///< Where it starts in the section.
};

/** A section as .eh_frame. The first addresses of its entries are left 0. */
struct moved_frames {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    struct moved_entry *entries; ///< [n_entries] By offset.
    size_t n_entries;
    size_t entries_capacity;
};

/**
 * Make it.
 *
 * @param places [n] By offset.
 * @param end Of the copy.
 * @param[out] ret Free with moved_frames_deinit(). Code whose original has no entry gets none.
 */
void moved_frames_init(struct moved_frames *ret, struct unwind_table *table,
                       const struct moved_place *places, size_t n, uint64_t end);

/** Free it; a zeroed struct is allowed. */
void moved_frames_deinit(struct moved_frames *frames);

#endif
