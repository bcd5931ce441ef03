/**
 * @file
 * lprof's end of the ring in which programs tell of their heap (event/heap_wire.h).
 */
#ifndef LPROF_COLLECT_HEAP_RING_H
#define LPROF_COLLECT_HEAP_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "event/event.h"

/** Mean number of bytes between two samples of allocations. */
#define HEAP_RING_INTERVAL_BYTES (UINT64_C(512) << 10)

struct heap_ring; // opaque

/**
 * Make a ring; free with heap_ring_destroy().
 *
 * @param full Every allocation is told of, else samples.
 * @param children Those of other processes than the first, too.
 * @return NULL, or a SYSTEM error.
 */
LPROF_MUST_USE struct lprof_error *heap_ring_create(bool full, bool children,
                                                    struct heap_ring **ret);

/** Tell programs that nobody reads any more, and free it. NULL is allowed. */
void heap_ring_destroy(struct heap_ring *ring);

/** The file that programs map. Lives as long as the ring. */
const char *heap_ring_path(const struct heap_ring *ring);

/** Which process is the first. */
void heap_ring_set_first(struct heap_ring *ring, pid_t pid);

/** The time of the first record; false when there is none that is complete. */
bool heap_ring_front(struct heap_ring *ring, uint64_t *ret_ns);

/**
 * Decode the first record.
 *
 * @param[out] ret Borrows from the ring until heap_ring_pop().
 * @return False when it makes no sense.
 */
bool heap_ring_decode(struct heap_ring *ring, struct event *ret);

/** Give the first record back. */
void heap_ring_pop(struct heap_ring *ring);

/** Whether the first record was begun and is not complete: its time is not known yet. */
bool heap_ring_is_pending(struct heap_ring *ring);

/** Who began the first record will not complete it: it is lost. */
void heap_ring_pass_over(struct heap_ring *ring);

/** Whether records should be read at once. While there are few, reading disturbs who writes them. */
bool heap_ring_is_busy(const struct heap_ring *ring);

/** What is known besides the records. */
struct heap_ring_totals {
    uint64_t lost;      ///< Records that found no room or made no sense.
    uint64_t started;   ///< Processes that joined.
    uint64_t passed_by; ///< Of these, those whose executable has an allocator of its own.
    uint64_t own_bytes; ///< Memory of the first process, once it joined, that is lprof's.
    bool full;
};

struct heap_ring_totals heap_ring_totals(const struct heap_ring *ring);

#endif
