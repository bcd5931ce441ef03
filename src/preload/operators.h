/**
 * @file
 * C++'s operators new and delete, where an allocator has its own that do not call malloc(3) and free(3).
 */
#ifndef LPROF_PRELOAD_OPERATORS_H
#define LPROF_PRELOAD_OPERATORS_H

#include <stddef.h>

/** Before there are threads: find the operators behind, and whether they are of the same library as `allocator`. */
void operators_init(void *(*allocator)(size_t));

#endif
