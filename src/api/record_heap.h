/**
 * @file
 * Having the heap of the program told of while it is recorded: a ring to tell it in, a library in the
 * program that does, and notes on what it could not tell.
 */
#ifndef LPROF_API_RECORD_HEAP_H
#define LPROF_API_RECORD_HEAP_H

#include <sys/types.h>

#include "api/record.h"
#include "collect/heap_ring.h"
#include "target/preload.h"

struct record_heap {
    struct heap_ring *ring; ///< NULL = the heap is not told of.
    struct preload preload;
    const char *objection; ///< Why it is not, though it was asked for.
};

/** Before the program is started: make the ring and name it in the environment. */
LPROF_MUST_USE struct lprof_error *record_heap_begin(struct record_heap *heap,
                                                     const struct record_options *options);

/** It was started, or failed to be: the environment is ours again. */
void record_heap_started(struct record_heap *heap, pid_t pid);

/** How long to wait before the ring is read again [ms]. */
int record_heap_pause_ms(const struct record_heap *heap);

/** At the end: note how the heap was told of and what is missing. */
void record_heap_note(const struct record_heap *heap, struct profile *profile);

/** Free the ring. A zeroed struct is allowed. */
void record_heap_deinit(struct record_heap *heap);

#endif
