/**
 * @file
 * Call frame information for code that was copied elsewhere: the entries of the original, with every
 * change of the rules moved to where it happens in the copy. An exception that is thrown in the copy (by
 * a handler of a signal that came there) lands where it does from the original.
 *
 * @source DWARF 5 section 6.4; LSB 5.0 section 10.6 (.eh_frame)
 * @source Itanium C++ ABI: Exception Handling, section 7.1
 */
#ifndef LPROF_OBJECT_MOVED_FRAMES_H
#define LPROF_OBJECT_MOVED_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "object/byte_writer.h"
#include "object/unwind_table.h"

/** From an offset in the copy on, up to the next place, the code does what that at `addr` does. */
struct moved_place {
    uint64_t offset;
    uint64_t addr;   ///< File address in the original.
    uint64_t pushed; ///< By how much the stack pointer is lower than there [bytes].
};

/** A copy, and what it was made from. All addresses are file addresses of the original's module. */
struct moved_code {
    struct unwind_table *table;       ///< Of the original.
    const uint8_t *exceptions;        ///< [exceptions_size] Its section of exception tables.
    size_t exceptions_size;           ///< 0 = none.
    uint64_t exceptions_addr;         ///< Of that section.
    const struct moved_place *places; ///< [n] By offset.
    size_t n;
    uint64_t end;         ///< Offset behind the copy.
    uint64_t addr;        ///< Of the copy.
    uint64_t frames_addr; ///< Of the section that is to be made, within 2 GiB of both.
};

/** An entry for [offset, offset + size) of the copy. */
struct moved_entry {
    uint64_t offset;
    uint64_t size;
    size_t at; ///< Where it starts in the section.
};

/** A section as .eh_frame, with exception tables behind its end. */
struct moved_frames {
    struct byte_writer section;
    struct moved_entry *entries; ///< [n_entries] By offset.
    size_t n_entries;
    size_t entries_capacity;
};

/**
 * Make it.
 *
 * @param[out] ret Free with moved_frames_deinit(). Code whose original has no entry gets none.
 */
void moved_frames_init(struct moved_frames *ret, const struct moved_code *code);

/** Free it; a zeroed struct is allowed. */
void moved_frames_deinit(struct moved_frames *frames);

#endif
