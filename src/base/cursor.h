/**
 * @file
 * A bounded reader of little-endian bytes. Reading past the end gives zeros and sets `failed`, so a
 * decoder checks once at the end of an entry instead of after every field.
 *
 * All of it is inline: these are the innermost loops of reading line tables, debug info and unwind
 * tables.
 */
#ifndef LPROF_BASE_CURSOR_H
#define LPROF_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
    const uint8_t *pos;
    const uint8_t *end;
    bool failed; ///< Something was read past the end.
};

/** A cursor over `size` bytes. */
static inline struct cursor cursor_make(const uint8_t *bytes, size_t size)
{
    return (struct cursor){.pos = bytes, .end = size ? bytes + size : bytes};
}

/** Bytes left. */
static inline size_t cursor_left(const struct cursor *cursor)
{
    return (size_t)(cursor->end - cursor->pos);
}

/** Go to the end, and say that something was wrong. */
static inline void cursor_fail(struct cursor *cursor)
{
    cursor->pos = cursor->end;
    cursor->failed = true;
}

/** Pass over `size` bytes and return where they start; NULL when they are not there. */
static inline const uint8_t *cursor_skip(struct cursor *cursor, uint64_t size)
{
    const uint8_t *start = cursor->pos;

    if (size > cursor_left(cursor)) {
        cursor_fail(cursor);
        return NULL;
    }
    if (size)
        cursor->pos += size;
    return start;
}

/** Read a little-endian number of up to 8 bytes. */
static inline uint64_t cursor_number(struct cursor *cursor, size_t size)
{
    const uint8_t *bytes = size <= 8 ? cursor_skip(cursor, size) : NULL;
    uint64_t value = 0;

    // The host is little-endian too. Copies of a known size are single instructions.
    if (!bytes)
        return 0;
    if (size == 4)
        memcpy(&value, bytes, 4);
    else if (size == 1)
        value = *bytes;
    else if (size == 8)
        memcpy(&value, bytes, 8);
    else
        memcpy(&value, bytes, size);
    return value;
}

/** Read a little-endian number of 1, 2, 4 or 8 bytes. */
static inline uint8_t cursor_u8(struct cursor *cursor)
{
    if (cursor->pos == cursor->end) {
        cursor->failed = true;
        return 0;
    }
    return *cursor->pos++;
}

static inline uint16_t cursor_u16(struct cursor *cursor)
{
    return (uint16_t)cursor_number(cursor, 2);
}

static inline uint32_t cursor_u32(struct cursor *cursor)
{
    return (uint32_t)cursor_number(cursor, 4);
}

static inline uint64_t cursor_u64(struct cursor *cursor)
{
    return cursor_number(cursor, 8);
}

/** Read a LEB128 number; bits above 64 are dropped. @source DWARF 5 section 7.6 */
static inline uint64_t cursor_uleb(struct cursor *cursor)
{
    uint64_t value = 0;
    unsigned bits = 0;
    uint8_t byte;

    // Most numbers have one byte.
    if (cursor->pos != cursor->end && *cursor->pos < 0x80)
        return *cursor->pos++;
    do {
        byte = cursor_u8(cursor);
        if (bits < 64)
            value |= (uint64_t)(byte & 0x7f) << bits;
        bits += 7;
    } while (byte & 0x80);
    return value;
}

static inline int64_t cursor_sleb(struct cursor *cursor)
{
    uint64_t value = 0;
    unsigned bits = 0;
    uint8_t byte;

    do {
        byte = cursor_u8(cursor);
        if (bits < 64)
            value |= (uint64_t)(byte & 0x7f) << bits;
        bits += 7;
    } while (byte & 0x80);
    if ((byte & 0x40) && bits < 64)
        value |= UINT64_MAX << bits;
    return (int64_t)value;
}

/** Read a zero-terminated string; "" when its end is missing. */
static inline const char *cursor_string(struct cursor *cursor)
{
    size_t left = cursor_left(cursor);
    const void *zero = left ? memchr(cursor->pos, 0, left) : NULL;

    if (!zero) {
        cursor_fail(cursor);
        return "";
    }
    const char *start = (const char *)cursor->pos;
    cursor->pos = (const uint8_t *)zero + 1;
    return start;
}

#endif
