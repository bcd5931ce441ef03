/**
 * @file
 * The copy of a function as a list of items, in the order of the original, and where each of them lies.
 *
 * Where it lies does not depend on where the copy will be: only jumps within it have two sizes.
 */
#ifndef LPROF_REWRITE_LAYOUT_H
#define LPROF_REWRITE_LAYOUT_H

#include "rewrite/copy.h"

/** Lay the copy out. Needs `live`, sites and counting. */
void layout_make(struct copy *copy);

/** The size of an item [bytes]. */
uint32_t layout_size_of(const struct copy *copy, const struct item *item);

/** Where an item lies; behind the last one, the end of the copy. */
uint32_t layout_offset_of(const struct copy *copy, uint32_t item);

#endif
