/**
 * @file
 * Padding behind functions: code that aligns what follows and is never run.
 */
#ifndef LPROF_COLLECT_PADDING_H
#define LPROF_COLLECT_PADDING_H

#include <stdint.h>

#include "object/object.h"

/** How many bytes of padding stand at an address where a function's code ends, up to 16. */
uint32_t padding_at(struct object *obj, uint64_t addr);

#endif
