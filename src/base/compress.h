/**
 * @file
 * Compressed bytes: files through zlib, sections of debug info through libdeflate, libzstd
 * and liblzma.
 */
#ifndef LPROF_BASE_COMPRESS_H
#define LPROF_BASE_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** Whether the bytes start as a gzip file does. */
int compress_is_gzip(const uint8_t *bytes, size_t size);

/** Compress to the gzip format at level 1. `*ret` is to be freed. */
void compress_gzip(const void *bytes, size_t size, uint8_t **ret, size_t *ret_size);

/**
 * Decompress gzip, all members.
 *
 * @param limit The most bytes that may come out (a small file can claim to be huge).
 * @param[out] ret Free it. Untouched on error.
 * @return NULL, or a FORMAT error: damaged, cut short, or over the limit.
 */
LPROF_MUST_USE struct lprof_error *compress_gunzip(const uint8_t *bytes, size_t size, size_t limit,
                                                   uint8_t **ret, size_t *ret_size);

/** The CRC-32 of the bytes as gzip has it. */
uint32_t compress_checksum(const void *bytes, size_t size);

/**
 * Decompress zlib streams, one behind the other, whose size is known.
 *
 * @param[out] ret [ret_size] All of it is filled, or undefined when this fails.
 * @return False when the bytes are damaged or unpack to another size.
 */
bool compress_unpack_zlib(const uint8_t *bytes, size_t size, uint8_t *ret, size_t ret_size);

/** The same for frames of zstd. */
bool compress_unpack_zstd(const uint8_t *bytes, size_t size, uint8_t *ret, size_t ret_size);

/**
 * Decompress an xz file.
 *
 * @param limit The most bytes that may come out.
 * @param[out] ret Free it. Untouched on failure.
 * @return False when it is damaged, cut short or over the limit.
 */
bool compress_unpack_xz(const uint8_t *bytes, size_t size, size_t limit, uint8_t **ret,
                        size_t *ret_size);

#endif
