#include "object/byte_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void byte_writer_deinit(struct byte_writer *writer)
{
    free(writer->bytes);
    *writer = (struct byte_writer){0};
}

void byte_writer_put(struct byte_writer *writer, const void *bytes, size_t size)
{
    while (writer->capacity < writer->size + size) {
        writer->capacity = writer->capacity ? 2 * writer->capacity : 4096;
        writer->bytes = mem_resize(writer->bytes, writer->capacity, 1);
    }
    if (size)
        memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += size;
}

void byte_writer_u8(struct byte_writer *writer, unsigned number)
{
    const uint8_t byte = (uint8_t)number;

    byte_writer_put(writer, &byte, sizeof byte);
}

void byte_writer_u32(struct byte_writer *writer, uint64_t number)
{
    const uint32_t word = (uint32_t)number;

    byte_writer_put(writer, &word, sizeof word);
}

void byte_writer_uleb(struct byte_writer *writer, uint64_t number)
{
    for (; number > 0x7f; number >>= 7)
        byte_writer_u8(writer, (unsigned)(number & 0x7f) | 0x80);
    byte_writer_u8(writer, (unsigned)number);
}

void byte_writer_sleb(struct byte_writer *writer, int64_t number)
{
    for (; number < -64 || number > 63; number >>= 7)
        byte_writer_u8(writer, (unsigned)((uint64_t)number & 0x7f) | 0x80);
    byte_writer_u8(writer, (unsigned)((uint64_t)number & 0x7f));
}

void byte_writer_uleb_long(struct byte_writer *writer, uint64_t number)
{
    for (int i = 0; i < 9; i++, number >>= 7)
        byte_writer_u8(writer, (unsigned)(number & 0x7f) | 0x80);
    byte_writer_u8(writer, (unsigned)number);
}
