/**
 * @file
 * A bounded reader of little-endian bytes. Reading past the end gives zeros and sets `failed`, so a
 * decoder checks once at the end of an entry instead of after every field.
 */
#ifndef LPROF_BASE_CURSOR_H
#define LPROF_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
    const uint8_t *pos;
    const uint8_t *end;
    bool failed; ///< Something was read past the end.
};

/** A cursor over `size` bytes. */
struct cursor cursor_make(const uint8_t *bytes, size_t size);

/** Bytes left. */
size_t cursor_left(const struct cursor *cursor);

/** Read a little-endian number of 1, 2, 4 or 8 bytes. */
uint8_t cursor_u8(struct cursor *cursor);
uint16_t cursor_u16(struct cursor *cursor);
uint32_t cursor_u32(struct cursor *cursor);
uint64_t cursor_u64(struct cursor *cursor);

/** Read a LEB128 number; bits above 64 are dropped. @source DWARF 5 section 7.6 */
uint64_t cursor_uleb(struct cursor *cursor);
int64_t cursor_sleb(struct cursor *cursor);

/** Pass over `size` bytes and return where they start; NULL when they are not there. */
const uint8_t *cursor_skip(struct cursor *cursor, uint64_t size);

/** Read a zero-terminated string; "" when its end is missing. */
const char *cursor_string(struct cursor *cursor);

#endif
