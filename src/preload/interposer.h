/**
 * @file
 * What other ways of allocating share with malloc(3) and free(3).
 */
#ifndef LPROF_PRELOAD_INTERPOSER_H
#define LPROF_PRELOAD_INTERPOSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether the allocator behind is known; if it is not yet, find it. */
bool interposer_is_ready(void);

/** Changes with each allocation of this thread. */
int64_t interposer_mark(void);

/**
 * Memory was allocated, or NULL: tell of it when it is due, unless something was allocated since the mark: then it was
 * told of there. Returns `memory`.
 */
void *interposer_allocated(void *memory, size_t bytes, int64_t mark);

/** Memory, or NULL, is about to be freed: tell of it when it was told of. */
void interposer_freeing(const void *memory);

#endif
