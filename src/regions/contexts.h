/**
 * @file
 * Contexts: which region inside of which others. The same one has the same number in all threads.
 */
#ifndef LPROF_REGIONS_CONTEXTS_H
#define LPROF_REGIONS_CONTEXTS_H

#include "event/region_wire.h"

/**
 * The number of the region called `name` inside of `parent`. A region inside of one of the same name is
 * that one again. REGION_WIRE_OTHERS when there are too many.
 */
uint32_t contexts_find(struct region_wire *wire, uint32_t parent, const char *name);

/** Whether a context has this name, as far as names are kept. */
int contexts_is_called(const struct region_wire *wire, uint32_t context, const char *name);

#endif
