/**
 * @file
 * The source-level frames at an address: its line from the line table, the functions and the places of the
 * calls that were inlined there from the tree of DIEs.
 */
#ifndef LPROF_OBJECT_SOURCE_FRAMES_H
#define LPROF_OBJECT_SOURCE_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/string_pool.h"
#include "object/compile_units.h"
#include "object/functions.h"
#include "object/object.h"

/** The parts of an object that frames are made with; all are borrowed. */
struct source_frames {
    struct object *obj;
    struct functions *functions;
    struct string_pool *strings;
};

/** As object_row_at(), in the unit that owns the address. */
bool source_frames_row(struct compile_unit *unit, struct string_pool *strings, uint64_t addr,
                       struct object_row *ret);

/** As object_frames_at(), in the unit that owns the address. */
size_t source_frames_find(const struct source_frames *source, struct compile_unit *unit,
                          uint64_t addr, struct object_frame frames[OBJECT_FRAMES_MAX]);

#endif
