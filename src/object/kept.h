/**
 * @file
 * Objects that were opened while a program ran, by the mapping of its profile that they stand for. They
 * outlive their files: a program may be built anew, or deleted, before its profile is symbolized.
 */
#ifndef LPROF_OBJECT_KEPT_H
#define LPROF_OBJECT_KEPT_H

#include <stddef.h>
#include <stdint.h>

#include "object/object.h"

struct kept {
    struct object **items; ///< [n] By mapping - 1; NULL = none.
    size_t n;
};

/** Keep an object of a mapping that has none yet; takes it over. */
void kept_add(struct kept *kept, uint32_t mapping, struct object *object);

/** The object of a mapping, or NULL. */
struct object *kept_find(const struct kept *kept, uint32_t mapping);

/** Free all objects. A zeroed struct is allowed. */
void kept_deinit(struct kept *kept);

#endif
