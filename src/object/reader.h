/**
 * @file
 * A cursor over little-endian bytes that never leaves them: reading past the end gives zeros and
 * sets `failed`. In a header for the sake of the loops over line programs.
 */
#ifndef LPROF_OBJECT_READER_H
#define LPROF_OBJECT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

/** How many bytes are left. */
static inline size_t reader_left(const struct reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/** Go on to the end, and say that something was wrong. */
static inline void reader_fail(struct reader *reader)
{
    reader->at = reader->end;
    reader->failed = true;
}

/** Pass over bytes. */
static inline void reader_skip(struct reader *reader, uint64_t count)
{
    if (count > reader_left(reader))
        reader_fail(reader);
    else
        reader->at += count;
}

/** An unsigned number of 1 to 8 bytes. */
static inline uint64_t reader_fixed(struct reader *reader, size_t size)
{
    uint64_t value = 0;

    if (size > reader_left(reader) || size > sizeof value) {
        reader_fail(reader);
        return 0;
    }
    // The host is little-endian too.
    memcpy(&value, reader->at, size);
    reader->at += size;
    return value;
}

static inline uint8_t reader_u8(struct reader *reader)
{
    if (reader->at == reader->end) {
        reader->failed = true;
        return 0;
    }
    return *reader->at++;
}

/** @source DWARF 5 section 7.6 */
static inline uint64_t reader_uleb(struct reader *reader)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;

    do {
        byte = reader_u8(reader);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    return value;
}

/** @source DWARF 5 section 7.6 */
static inline int64_t reader_sleb(struct reader *reader)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;

    do {
        byte = reader_u8(reader);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (shift < 64 && (byte & 0x40))
        value |= UINT64_MAX << shift;
    return (int64_t)value;
}

/** A string that ends in a zero; "" when there is no zero. */
static inline const char *reader_string(struct reader *reader)
{
    const char *text = (const char *)reader->at;
    size_t length = strnlen(text, reader_left(reader));

    if (length == reader_left(reader)) {
        reader_fail(reader);
        return "";
    }
    reader->at += length + 1;
    return text;
}

#endif
