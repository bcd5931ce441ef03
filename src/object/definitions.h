/**
 * @file
 * All functions of an object that have code, each once, with all the code they have.
 */
#ifndef LPROF_OBJECT_DEFINITIONS_H
#define LPROF_OBJECT_DEFINITIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "object/functions.h"
#include "object/object.h"

struct definitions {
    struct object_definition *items; ///< [count] By file, line and name.
    size_t count;
    struct object_range *ranges; ///< Where the items' arrays lie.
    bool is_read;
};

/** Read them: decodes every unit. What no unit describes is taken from the symbols. */
void definitions_read(struct definitions *definitions, struct object *obj,
                      struct functions *functions);

/** Free them. A zeroed struct is allowed. */
void definitions_deinit(struct definitions *definitions);

#endif
