/**
 * @file
 * Compressed bytes, through zlib.
 */
#ifndef LPROF_BASE_COMPRESS_H
#define LPROF_BASE_COMPRESS_H

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

#endif
