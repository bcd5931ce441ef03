/**
 * @file
 * Which namespaces, classes and functions the DIEs of a unit stand in: what their names are qualified
 * with. DIEs do not tell what is around them, so this takes going through the unit once.
 */
#ifndef LPROF_OBJECT_SCOPES_H
#define LPROF_OBJECT_SCOPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "object/die_scan.h"

/** A zeroed struct has not been read. */
struct scopes {
    struct scope *items; ///< [count] In the order of the file.
    size_t count;
    size_t capacity;
    bool is_read;
};

/** Go through the unit, the first time. */
void scopes_read(struct scopes *scopes, struct die_scan *scan);

/** Free them. */
void scopes_deinit(struct scopes *scopes);

/**
 * The scopes around the DIE at an offset, from the innermost on; the unit itself is none.
 *
 * @param[out] path Their offsets: room for `size`.
 * @return How many were written.
 */
size_t scopes_path(const struct scopes *scopes, uint64_t offset, uint64_t *path, size_t size);

#endif
