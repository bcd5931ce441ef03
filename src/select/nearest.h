/**
 * @file
 * Which names someone may have meant who mistyped one.
 */
#ifndef LPROF_SELECT_NEAREST_H
#define LPROF_SELECT_NEAREST_H

#include <stddef.h>

/** Most names that are told. */
#define NEAREST_MAX 5

/**
 * The names nearest to `wanted`: those that hold it or that it holds, whatever the case, then those that
 * few changes of letters lead to. Names far off are none.
 *
 * @param[out] ret Indexes of `names`, nearest first; each text once.
 * @return How many.
 */
size_t nearest_find(const char *wanted, const char *const *names, size_t n,
                    size_t ret[NEAREST_MAX]);

#endif
