/**
 * @file
 * Bytes that grow: what base/cursor.h reads, written.
 */
#ifndef LPROF_OBJECT_BYTE_WRITER_H
#define LPROF_OBJECT_BYTE_WRITER_H

#include <stddef.h>
#include <stdint.h>

/** A zeroed struct is empty. */
struct byte_writer {
    uint8_t *bytes; ///< [size]
    size_t size;
    size_t capacity;
};

/** Free it. */
void byte_writer_deinit(struct byte_writer *writer);

/** Add bytes, or a little-endian number. */
void byte_writer_put(struct byte_writer *writer, const void *bytes, size_t size);
void byte_writer_u8(struct byte_writer *writer, unsigned number);
void byte_writer_u32(struct byte_writer *writer, uint64_t number);

/** Add a LEB128 number. @source DWARF 5 section 7.6 */
void byte_writer_uleb(struct byte_writer *writer, uint64_t number);
void byte_writer_sleb(struct byte_writer *writer, int64_t number);

/** Add one that has 10 bytes, whatever the number: addresses may wrap around with it. */
void byte_writer_uleb_long(struct byte_writer *writer, uint64_t number);

#endif
