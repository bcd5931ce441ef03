/**
 * @file
 * What is told of the heap, with the stacks that asked for it. Nothing here allocates, prints, takes a lock or
 * changes errno.
 */
#ifndef LPROF_PRELOAD_HEAP_RECORDS_H
#define LPROF_PRELOAD_HEAP_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

/** Where every allocation is told of: tell of one, unless this thread is telling of something. Returns `memory`. */
void *heap_records_every_alloc(void *memory, size_t bytes);

/** The same of memory that is about to be freed. False when it was not told of. */
bool heap_records_every_free(const void *memory);

/**
 * Tell of an allocation by itself, with the caller's stack.
 *
 * @param mapped Parts of it may be unmapped.
 * @return False when there was no room.
 */
bool heap_records_alloc(const void *memory, size_t bytes, bool mapped);

/** Tell that what is mapped there will be unmapped. */
void heap_records_unmap(const void *memory, size_t bytes);

/**
 * Tell of a sampled allocation that is about to be freed.
 *
 * @param temporary Its thread allocated nothing since.
 */
void heap_records_free(const void *memory, bool temporary);

#endif
