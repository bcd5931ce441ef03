/**
 * @file
 * Whole files: mapped for reading, or replaced in one step so that a file that is there is whole.
 */
#ifndef LPROF_BASE_FILE_H
#define LPROF_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** A file's bytes, mapped privately. An empty file has `size` 0 and `bytes` NULL. */
struct file_map {
    uint8_t *bytes;
    size_t size; ///< [bytes]
};

/**
 * Map a file for reading.
 *
 * @param[out] ret Release with file_unmap(). Untouched on error.
 * @return NULL, or a SYSTEM error that names the path; a folder or device is an INVALID error.
 */
LPROF_MUST_USE struct lprof_error *file_map(const char *path, struct file_map *ret);

/**
 * Bytes to write to that lie in a file without a name, in TMPDIR or in /var/tmp: large things that need not
 * stay in memory. Their content is not defined.
 *
 * @param size Not 0.
 * @param[out] ret Release with file_unmap(). Untouched on failure.
 * @return False when there is no room for them.
 */
bool file_scratch(size_t size, struct file_map *ret);

/** Release a mapping; a zeroed struct is allowed. */
void file_unmap(struct file_map *map);

/**
 * Write a file beside its final place, then rename it over the old one. Devices and FIFOs are written
 * to in place; behind a symbolic link, the file it leads to is replaced.
 *
 * @param keep_old Keep what was there as `<path>.old`.
 * @return NULL, or a SYSTEM error; then the old file is untouched and nothing is left beside it.
 */
LPROF_MUST_USE struct lprof_error *file_replace(const char *path, const void *bytes, size_t size,
                                                int keep_old);

/**
 * Whether file_replace() could write `path` now.
 *
 * @return NULL, or the SYSTEM error that writing would meet.
 */
LPROF_MUST_USE struct lprof_error *file_check_writable(const char *path);

#endif
