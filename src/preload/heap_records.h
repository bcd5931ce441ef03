/**
 * @file
 * What is told of the heap, with the stacks that asked for it. Nothing here allocates, prints, takes a lock or
 * changes errno.
 */
#ifndef LPROF_PRELOAD_HEAP_RECORDS_H
#define LPROF_PRELOAD_HEAP_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

/** Tell of an allocation, with the caller's stack. False when there was no room. */
bool heap_records_alloc(const void *memory, size_t bytes);

/**
 * Tell of memory that is about to be freed.
 *
 * @param temporary Its thread allocated nothing since.
 */
void heap_records_free(const void *memory, bool temporary);

#endif
