/**
 * @file
 * The program's end of the ring of heap records (event/heap_wire.h). Nothing here allocates, prints, takes a
 * lock or changes errno.
 */
#ifndef LPROF_PRELOAD_HEAP_RING_WRITER_H
#define LPROF_PRELOAD_HEAP_RING_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Join the ring that the environment names. False when there is none. */
bool heap_ring_writer_join(void);

/** Whether this process tells of its heap. */
bool heap_ring_writer_is_on(void);

/** Whether it tells of every allocation. */
bool heap_ring_writer_is_full(void);

/** Mean number of bytes between two samples. */
uint64_t heap_ring_writer_interval(void);

/** Tell of an allocation, with the caller's stack. False when there was no room. */
bool heap_ring_writer_alloc(const void *memory, size_t bytes);

/** Tell of memory that is about to be freed. */
void heap_ring_writer_free(const void *memory);

#endif
