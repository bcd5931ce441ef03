/**
 * @file
 * The ring that the kernel writes a CPU's records to. Records are read where they lie; only one
 * that wraps around the end is copied.
 *
 * @source perf_event_open(2), "MMAP layout"
 */
#ifndef LPROF_COLLECT_PERF_RING_H
#define LPROF_COLLECT_PERF_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/perf_event.h>

/** Longest record: its size is 16 bits. */
#define PERF_RING_RECORD_MAX 65536

struct perf_ring {
    struct perf_event_mmap_page *control; ///< NULL = not mapped.
    const uint8_t *data;
    uint64_t size;   ///< Of `data`, a power of two [bytes].
    uint64_t head;   ///< Where the kernel stood at perf_ring_refresh().
    uint64_t tail;   ///< First byte that has not been taken.
    uint64_t broken; ///< Times that the content made no sense and was dropped.
};

/** Use memory that is already there. `size` is a power of two. */
void perf_ring_init(struct perf_ring *ring, struct perf_event_mmap_page *control,
                    const uint8_t *data, size_t size);

/**
 * Map the ring of a perf event.
 *
 * @param pages A power of two.
 * @return 0 or the errno of mmap(2).
 */
int perf_ring_map(struct perf_ring *ring, int fd, size_t pages);

/** Unmap what perf_ring_map() has mapped. A zeroed struct is allowed. */
void perf_ring_unmap(struct perf_ring *ring);

/** See how far the kernel has come. */
void perf_ring_refresh(struct perf_ring *ring);

/** The header of the first record, up to where the last refresh saw the kernel. False when there is
 * none. */
bool perf_ring_front(struct perf_ring *ring, struct perf_event_header *ret);

/** The 8 bytes at `offset` in the first record, both a multiple of 8. */
uint64_t perf_ring_word(const struct perf_ring *ring, size_t offset);

/**
 * All of the first record.
 *
 * @param scratch Used when the record wraps around.
 * @return Valid until perf_ring_pop() or the next use of `scratch`; 8-byte aligned when `scratch`
 * is.
 */
const uint8_t *perf_ring_record(const struct perf_ring *ring, size_t size,
                                uint8_t scratch[PERF_RING_RECORD_MAX]);

/** Give the first `size` bytes back to the kernel. */
void perf_ring_pop(struct perf_ring *ring, size_t size);

#endif
