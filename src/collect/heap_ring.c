#include "collect/heap_ring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "event/heap_wire.h"

struct heap_ring {
    int fd;
    char *path;
    uint8_t *place;                  // The header, and the ring twice.
    struct heap_wire_header *header; // NULL = not mapped.
    uint8_t *ring;
    uint64_t broken;
};

static const size_t mapped_bytes = HEAP_WIRE_MAPPED_BYTES;

static void cleanup_ring(struct heap_ring **ring)
{
    heap_ring_destroy(*ring);
}

static bool map_twice(struct heap_ring *ring)
{
    size_t once = HEAP_WIRE_HEADER_BYTES + HEAP_WIRE_RING_BYTES;
    void *place = mmap(NULL, mapped_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (place == MAP_FAILED)
        return false;
    ring->place = place;
    if (mmap(place, once, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, ring->fd, 0) ==
            MAP_FAILED ||
        mmap(ring->place + once, HEAP_WIRE_RING_BYTES, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_FIXED, ring->fd, HEAP_WIRE_HEADER_BYTES) == MAP_FAILED)
        return false;
    ring->header = place;
    ring->ring = ring->place + HEAP_WIRE_HEADER_BYTES;
    return true;
}

struct lprof_error *heap_ring_create(bool full, bool children, struct heap_ring **ret)
{
    CLEANUP(cleanup_ring) struct heap_ring *ring = mem_alloc(sizeof *ring);

    ring->fd = memfd_create("lprof_heap", MFD_CLOEXEC);
    if (ring->fd < 0 ||
        ftruncate(ring->fd, (off_t)(HEAP_WIRE_HEADER_BYTES + HEAP_WIRE_RING_BYTES)) < 0 ||
        !map_twice(ring))
        return error_from_errno(errno, "memory to tell of the heap");
    ring->path = mem_printf("/proc/%d/fd/%d", getpid(), ring->fd);
    ring->header->version = HEAP_WIRE_VERSION;
    ring->header->full = full;
    ring->header->children = children;
    ring->header->interval_bytes = HEAP_RING_INTERVAL_BYTES;
    *ret = take_ptr(&ring);
    return NULL;
}

void heap_ring_destroy(struct heap_ring *ring)
{
    if (!ring)
        return;
    if (ring->header)
        __atomic_store_n(&ring->header->closed, 1, __ATOMIC_RELAXED);
    if (ring->place)
        munmap(ring->place, mapped_bytes);
    if (ring->fd >= 0)
        close(ring->fd);
    free(ring->path);
    free(ring);
}

const char *heap_ring_path(const struct heap_ring *ring)
{
    return ring->path;
}

void heap_ring_set_first(struct heap_ring *ring, pid_t pid)
{
    ring->header->first_pid = pid;
}

static const struct heap_wire_record *first_record(const struct heap_ring *ring)
{
    return (const void *)(ring->ring + ring->header->tail % HEAP_WIRE_RING_BYTES);
}

// The size of the first record; 0 when there is none that is complete. Programs may write anything.
static uint32_t first_size(const struct heap_ring *ring)
{
    uint64_t head = __atomic_load_n(&ring->header->head, __ATOMIC_ACQUIRE);

    if (head - ring->header->tail < HEAP_WIRE_UNIT ||
        head - ring->header->tail > HEAP_WIRE_RING_BYTES)
        return 0;
    uint32_t size = __atomic_load_n(&first_record(ring)->size, __ATOMIC_ACQUIRE);
    bool sound = size % HEAP_WIRE_UNIT == 0 && size <= head - ring->header->tail;
    return sound ? size : HEAP_WIRE_UNIT;
}

bool heap_ring_front(const struct heap_ring *ring, uint64_t *ret_ns)
{
    if (!first_size(ring))
        return false;
    *ret_ns = first_record(ring)->time_ns;
    return true;
}

static void decode_registers(const struct heap_wire_record *record, struct event_sample *sample)
{
    static const enum event_register places[HEAP_WIRE_REGISTERS] = {
        [HEAP_WIRE_IP] = EVENT_REG_IP,   [HEAP_WIRE_SP] = EVENT_REG_SP,
        [HEAP_WIRE_BP] = EVENT_REG_BP,   [HEAP_WIRE_BX] = EVENT_REG_BX,
        [HEAP_WIRE_R12] = EVENT_REG_R12, [HEAP_WIRE_R13] = EVENT_REG_R13,
        [HEAP_WIRE_R14] = EVENT_REG_R14, [HEAP_WIRE_R15] = EVENT_REG_R15,
    };

    sample->ip = record->registers[HEAP_WIRE_IP];
    sample->has_registers = true;
    for (size_t i = 0; i < HEAP_WIRE_REGISTERS; i++)
        sample->registers[places[i]] = record->registers[i];
}

bool heap_ring_decode(const struct heap_ring *ring, struct event *ret)
{
    const struct heap_wire_record *first = first_record(ring);
    size_t size = first_size(ring);

    if (size < sizeof *first)
        return false;
    // Checked and used is a copy: the program may still write to its own.
    const struct heap_wire_record record = *first;
    struct event event = {.pid = record.pid, .tid = record.tid, .time_ns = record.time_ns};
    if (record.kind == HEAP_WIRE_FREE) {
        event.kind = EVENT_FREE;
        event.u.free.addr = record.addr;
    } else if (record.kind == HEAP_WIRE_ALLOC && record.stack_bytes <= size - sizeof record) {
        event.kind = EVENT_ALLOC;
        event.u.alloc =
            (struct event_alloc){.addr = record.addr,
                                 .bytes = record.bytes,
                                 .interval = ring->header->full ? 0 : HEAP_RING_INTERVAL_BYTES};
        decode_registers(&record, &event.u.alloc.at);
        event.u.alloc.at.stack = record.stack_bytes ? first->stack : NULL;
        event.u.alloc.at.stack_size = record.stack_bytes;
    } else {
        return false;
    }
    *ret = event;
    return true;
}

void heap_ring_pop(struct heap_ring *ring)
{
    uint32_t size = first_size(ring);
    uint64_t tail = ring->header->tail;
    uint64_t at = tail % HEAP_WIRE_RING_BYTES;

    // Wherever the next records will start, they must not look complete.
    for (uint64_t unit = 0; unit < size; unit += HEAP_WIRE_UNIT)
        memset(ring->ring + at + unit, 0, sizeof(uint32_t));
    __atomic_store_n(&ring->header->tail, tail + size, __ATOMIC_RELEASE);
}

bool heap_ring_is_pending(const struct heap_ring *ring)
{
    return __atomic_load_n(&ring->header->head, __ATOMIC_ACQUIRE) != ring->header->tail &&
           !first_size(ring);
}

static bool is_record(const struct heap_ring *ring)
{
    uint32_t kind = first_record(ring)->kind;

    return first_size(ring) > HEAP_WIRE_UNIT && (kind == HEAP_WIRE_ALLOC || kind == HEAP_WIRE_FREE);
}

void heap_ring_pass_over(struct heap_ring *ring)
{
    uint64_t head = __atomic_load_n(&ring->header->head, __ATOMIC_ACQUIRE);

    ring->broken++;
    if (head - ring->header->tail > HEAP_WIRE_RING_BYTES)
        __atomic_store_n(&ring->header->tail, head, __ATOMIC_RELEASE);
    while (ring->header->tail < head && !is_record(ring)) {
        memset(ring->ring + ring->header->tail % HEAP_WIRE_RING_BYTES, 0, sizeof(uint32_t));
        __atomic_store_n(&ring->header->tail, ring->header->tail + HEAP_WIRE_UNIT,
                         __ATOMIC_RELEASE);
    }
}

struct heap_ring_totals heap_ring_totals(const struct heap_ring *ring)
{
    return (struct heap_ring_totals){
        .lost = __atomic_load_n(&ring->header->lost, __ATOMIC_RELAXED) + ring->broken,
        .started = __atomic_load_n(&ring->header->started, __ATOMIC_RELAXED),
        .full = ring->header->full,
    };
}
