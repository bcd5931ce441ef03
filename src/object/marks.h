/**
 * @file
 * The functions that a program's source marks, as the compiler lists them.
 *
 * The attribute patchable_function_entry puts the address of a function's nops into a section of
 * pointers. A build with -fpatchable-function-entry lists every function in the same way: units built
 * so mark nothing.
 *
 * @source GCC manual, "Common Function Attributes"
 */
#ifndef LPROF_OBJECT_MARKS_H
#define LPROF_OBJECT_MARKS_H

#include <stdbool.h>

#include "object/compile_units.h"
#include "object/object.h"

struct marks {
    struct object_marks found;
    struct object_mark *items;                ///< Where `found` points to.
    const struct object_function **functions; ///< [found.count] By their own address.
    bool is_read;
};

/** Read them: decodes the units that have entries. `image` is the file itself. */
void marks_read(struct marks *marks, struct object *obj, struct image *image,
                struct compile_units *units);

/** Whether a function is marked. */
bool marks_have(const struct marks *marks, const struct object_function *function);

/** Free them. A zeroed struct is allowed. */
void marks_deinit(struct marks *marks);

#endif
