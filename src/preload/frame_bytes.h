/**
 * @file
 * Reading call frame information: numbers one behind another, never past their end.
 */
#ifndef LPROF_PRELOAD_FRAME_BYTES_H
#define LPROF_PRELOAD_FRAME_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How pointers are encoded.
enum {
    ENCODED_UDATA4 = 0x03,
    ENCODED_UDATA8 = 0x04,
    ENCODED_SDATA4 = 0x0b,
    ENCODED_SDATA8 = 0x0c,
    ENCODED_FORMAT = 0x0f,
    ENCODED_PCREL = 0x10,
    ENCODED_DATAREL = 0x30,
};

struct frame_bytes {
    const uint8_t *at;
    const uint8_t *end;
    bool
        bad; ///< Something was to be read past the end, or in a way that is not known; it reads as 0.
};

/** An unsigned number of up to 8 bytes. */
uint64_t frame_bytes_take(struct frame_bytes *cursor, size_t size);

/** Numbers in LEB128. */
uint64_t frame_bytes_take_uleb(struct frame_bytes *cursor);
int64_t frame_bytes_take_sleb(struct frame_bytes *cursor);

/** Step over bytes. */
void frame_bytes_skip(struct frame_bytes *cursor, uint64_t size);

/** A number in the format of an encoding, whatever it is relative to. */
uint64_t frame_bytes_take_format(struct frame_bytes *cursor, uint8_t encoding);

/** A pointer, absolute or relative to where it stands. */
uint64_t frame_bytes_take_pointer(struct frame_bytes *cursor, uint8_t encoding);

#endif
