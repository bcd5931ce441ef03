#include "base/cursor.h"

#include <string.h>

struct cursor cursor_make(const uint8_t *bytes, size_t size)
{
    return (struct cursor){.pos = bytes, .end = bytes + size};
}

size_t cursor_left(const struct cursor *cursor)
{
    return (size_t)(cursor->end - cursor->pos);
}

const uint8_t *cursor_skip(struct cursor *cursor, uint64_t size)
{
    const uint8_t *start = cursor->pos;

    if (size > cursor_left(cursor)) {
        cursor->failed = true;
        cursor->pos = cursor->end;
        return NULL;
    }
    cursor->pos += size;
    return start;
}

static uint64_t read_number(struct cursor *cursor, size_t size)
{
    const uint8_t *bytes = cursor_skip(cursor, size);
    uint64_t value = 0;

    for (size_t i = 0; bytes && i < size; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

uint8_t cursor_u8(struct cursor *cursor)
{
    return (uint8_t)read_number(cursor, 1);
}

uint16_t cursor_u16(struct cursor *cursor)
{
    return (uint16_t)read_number(cursor, 2);
}

uint32_t cursor_u32(struct cursor *cursor)
{
    return (uint32_t)read_number(cursor, 4);
}

uint64_t cursor_u64(struct cursor *cursor)
{
    return read_number(cursor, 8);
}

// Read the groups of seven bits; `*bits_ret` is how many there were.
static uint64_t read_leb(struct cursor *cursor, unsigned *bits_ret, uint8_t *last_ret)
{
    uint64_t value = 0;
    unsigned bits = 0;
    uint8_t byte;

    do {
        byte = cursor_u8(cursor);
        if (bits < 64)
            value |= (uint64_t)(byte & 0x7f) << bits;
        bits += 7;
    } while ((byte & 0x80) && !cursor->failed);
    *bits_ret = bits;
    *last_ret = byte;
    return value;
}

uint64_t cursor_uleb(struct cursor *cursor)
{
    unsigned bits;
    uint8_t last;

    return read_leb(cursor, &bits, &last);
}

int64_t cursor_sleb(struct cursor *cursor)
{
    unsigned bits;
    uint8_t last;
    uint64_t value = read_leb(cursor, &bits, &last);

    if ((last & 0x40) && bits < 64)
        value |= ~(uint64_t)0 << bits;
    return (int64_t)value;
}

const char *cursor_string(struct cursor *cursor)
{
    const char *start = (const char *)cursor->pos;
    size_t left = cursor_left(cursor);
    size_t length = left ? strnlen(start, left) : 0;

    if (length == left) {
        cursor->failed = true;
        cursor->pos = cursor->end;
        return "";
    }
    cursor->pos += length + 1;
    return start;
}
