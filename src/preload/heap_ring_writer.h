/**
 * @file
 * The program's end of the ring of heap records (event/heap_wire.h). Nothing here allocates, prints or takes a
 * lock.
 */
#ifndef LPROF_PRELOAD_HEAP_RING_WRITER_H
#define LPROF_PRELOAD_HEAP_RING_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Join the ring that the environment names. False when there is none. */
bool heap_ring_writer_join(void);

/** Whether other programs that this one runs are told of, too. */
bool heap_ring_writer_follows(void);

/** Tell that the program has an allocator of its own, which nothing is known of. */
void heap_ring_writer_is_passed_by(void);

/** Whether this process tells of its heap. */
bool heap_ring_writer_is_on(void);

/** Whether it tells of every allocation. */
bool heap_ring_writer_is_full(void);

/** Mean number of bytes between two samples. */
uint64_t heap_ring_writer_interval(void);

/**
 * Room for a record. Where every allocation is told of it waits for the reader, and gives up for good when that
 * does not come.
 *
 * @param[out] end_ret Where the ring ends behind it; NULL is allowed.
 * @return NULL when there is none.
 */
void *heap_ring_writer_take(uint64_t size, uint64_t *end_ret);

/** Whether nothing was told since a record that ended there. */
bool heap_ring_writer_ends_at(uint64_t end);

/** A record is written but for its size. */
void heap_ring_writer_commit(void *record, uint32_t size);

/** The calling process and thread. */
int32_t heap_ring_writer_pid(void);
int32_t heap_ring_writer_tid(void);

/** Whether the reader asked for the time since this thread was last asked. */
bool heap_ring_writer_wants_time(void);

#endif
