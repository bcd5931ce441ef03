/**
 * @file
 * How much of a file's code its line info tells of, and which sources that is from.
 */
#ifndef LPROF_OBJECT_COVERAGE_H
#define LPROF_OBJECT_COVERAGE_H

#include "object/functions.h"
#include "object/object.h"

/** Decode all units of the functions and count. Paths are interned in `pool`. */
void coverage_count(struct image *image, struct functions *functions, struct string_pool *pool,
                    struct object_coverage *ret);

#endif
