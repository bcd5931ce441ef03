#include "preload/frame_bytes.h"

#include <string.h>

uint64_t frame_bytes_take(struct frame_bytes *cursor, size_t size)
{
    uint64_t value = 0;

    if ((size_t)(cursor->end - cursor->at) < size) {
        cursor->bad = true;
        return 0;
    }
    memcpy(&value, cursor->at, size);
    cursor->at += size;
    return value;
}

uint64_t frame_bytes_take_uleb(struct frame_bytes *cursor)
{
    uint64_t value = 0;

    for (unsigned shift = 0;; shift += 7) {
        uint64_t byte = frame_bytes_take(cursor, 1);
        if (shift < 64)
            value |= (byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
}

int64_t frame_bytes_take_sleb(struct frame_bytes *cursor)
{
    uint64_t value = 0;

    for (unsigned shift = 0;;) {
        uint64_t byte = frame_bytes_take(cursor, 1);
        if (shift < 64)
            value |= (byte & 0x7f) << shift;
        shift += 7;
        if (!(byte & 0x80))
            return (int64_t)(shift < 64 && (byte & 0x40) ? value | UINT64_MAX << shift : value);
    }
}

void frame_bytes_skip(struct frame_bytes *cursor, uint64_t size)
{
    if ((uint64_t)(cursor->end - cursor->at) < size)
        cursor->bad = true;
    else
        cursor->at += size;
}

uint64_t frame_bytes_take_format(struct frame_bytes *cursor, uint8_t encoding)
{
    switch (encoding & ENCODED_FORMAT) {
    case ENCODED_UDATA4:
        return frame_bytes_take(cursor, 4);
    case ENCODED_SDATA4:
        return (uint64_t)(int64_t)(int32_t)(uint32_t)frame_bytes_take(cursor, 4);
    case 0:
    case ENCODED_UDATA8:
    case ENCODED_SDATA8:
        return frame_bytes_take(cursor, 8);
    default:
        cursor->bad = true;
        return 0;
    }
}

uint64_t frame_bytes_take_pointer(struct frame_bytes *cursor, uint8_t encoding)
{
    uint64_t place = (uint64_t)(uintptr_t)cursor->at;
    uint64_t value = frame_bytes_take_format(cursor, encoding);

    if (encoding & 0x70 && (encoding & 0x70) != ENCODED_PCREL)
        cursor->bad = true;
    return encoding & ENCODED_PCREL ? place + value : value;
}
