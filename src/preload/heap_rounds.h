/**
 * @file
 * The last allocation that a thread told of: what it goes on to do there, freeing it and allocating the same again, is
 * told in the record of that, while nobody told of anything else and the reader did not take it.
 */
#ifndef LPROF_PRELOAD_HEAP_ROUNDS_H
#define LPROF_PRELOAD_HEAP_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/heap_wire.h"

/** A record is about to be committed, behind which the ring ends at `end`. */
void heap_rounds_begin(struct heap_wire_short *record, uint64_t end);

/** The record is not this thread's any more. */
void heap_rounds_forget(void);

/** Tell of an allocation. False when it must be told of in a record of its own. */
bool heap_rounds_alloc(const void *memory, size_t bytes, uint64_t stack_id);

/** Tell of a free. False when it must be told of in a record of its own. */
bool heap_rounds_free(const void *memory);

#endif
