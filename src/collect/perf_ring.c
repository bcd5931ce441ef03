// Records start at multiples of 8, and the ring's size is one too: a header or an aligned word
// never wraps around. The kernel writes behind `data_head` and reads `data_tail`; the pair of
// acquire and release orders the bytes between them.
#include "collect/perf_ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void perf_ring_init(struct perf_ring *ring, struct perf_event_mmap_page *control,
                    const uint8_t *data, size_t size)
{
    *ring = (struct perf_ring){.control = control, .data = data, .size = size};
}

int perf_ring_map(struct perf_ring *ring, int fd, size_t pages)
{
    size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *base = mmap(NULL, (pages + 1) * page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (base == MAP_FAILED)
        return errno;
    perf_ring_init(ring, (struct perf_event_mmap_page *)(void *)base, base + page_size,
                   pages * page_size);
    return 0;
}

void perf_ring_unmap(struct perf_ring *ring)
{
    if (ring->control)
        munmap(ring->control, ring->size + (size_t)sysconf(_SC_PAGESIZE));
    *ring = (struct perf_ring){0};
}

void perf_ring_refresh(struct perf_ring *ring)
{
    ring->head = __atomic_load_n(&ring->control->data_head, __ATOMIC_ACQUIRE);
}

bool perf_ring_front(struct perf_ring *ring, struct perf_event_header *ret)
{
    struct perf_event_header header;
    uint64_t waiting = ring->head - ring->tail;

    if (!waiting)
        return false;
    memcpy(&header, ring->data + ring->tail % ring->size, sizeof header);
    if (header.size < sizeof header || header.size % 8 || header.size > waiting) {
        ring->broken++;
        perf_ring_pop(ring, waiting);
        return false;
    }
    *ret = header;
    return true;
}

uint64_t perf_ring_word(const struct perf_ring *ring, size_t offset)
{
    uint64_t word;

    memcpy(&word, ring->data + (ring->tail + offset) % ring->size, sizeof word);
    return word;
}

const uint8_t *perf_ring_record(const struct perf_ring *ring, size_t size,
                                uint8_t scratch[PERF_RING_RECORD_MAX])
{
    uint64_t at = ring->tail % ring->size;
    uint64_t room = ring->size - at;

    if (size <= room)
        return ring->data + at;
    memcpy(scratch, ring->data + at, room);
    memcpy(scratch + room, ring->data, size - room);
    return scratch;
}

void perf_ring_pop(struct perf_ring *ring, size_t size)
{
    ring->tail += size;
    __atomic_store_n(&ring->control->data_tail, ring->tail, __ATOMIC_RELEASE);
}
