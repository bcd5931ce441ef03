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
    uint64_t head_seen; // What `head` was when it was last looked at, which disturbs writers.
    uint64_t time_ns;   // Of the last record that had one.
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

// How much is written, or being written, from the tail on. Time is asked for when all was read.
static uint64_t pending_bytes(struct heap_ring *ring)
{
    struct heap_wire_header *header = ring->header;

    if (ring->head_seen == header->tail) {
        ring->head_seen = __atomic_load_n(&header->head, __ATOMIC_ACQUIRE);
        __atomic_store_n(&header->tick, header->tick + 1, __ATOMIC_RELAXED);
    }
    return ring->head_seen - header->tail;
}

// The size of the first record; 0 when there is none that is complete. Programs may write anything.
static uint32_t first_size(struct heap_ring *ring)
{
    uint64_t pending = pending_bytes(ring);

    if (pending < HEAP_WIRE_UNIT || pending > HEAP_WIRE_RING_BYTES)
        return 0;
    uint32_t size = __atomic_load_n(&first_record(ring)->size, __ATOMIC_ACQUIRE);
    bool sound = size % HEAP_WIRE_UNIT == 0 && size <= pending;
    return sound ? size : HEAP_WIRE_UNIT;
}

static bool has_time(uint32_t kind, uint32_t size)
{
    return kind != HEAP_WIRE_SHORT_ALLOC && kind != HEAP_WIRE_SHORT_FREE &&
           size >= offsetof(struct heap_wire_record, pid);
}

bool heap_ring_front(struct heap_ring *ring, uint64_t *ret_ns)
{
    for (uint32_t size; (size = first_size(ring)); heap_ring_pop(ring)) {
        const struct heap_wire_record *record = first_record(ring);
        uint64_t time_ns = has_time(record->kind, size) ? record->time_ns : 0;
        // Clocks of different processors may differ a little.
        if (time_ns > ring->time_ns)
            ring->time_ns = time_ns;
        if (record->kind != HEAP_WIRE_TIME) {
            *ret_ns = ring->time_ns;
            return true;
        }
    }
    return false;
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

// The writer adds nothing to a record that was taken.
static uint64_t take_rounds(const struct heap_ring *ring)
{
    struct heap_wire_short *record =
        (void *)(ring->ring + ring->header->tail % HEAP_WIRE_RING_BYTES);

    return __atomic_fetch_or(&record->rounds, HEAP_WIRE_TAKEN, __ATOMIC_ACQUIRE);
}

static bool decode_short(const struct heap_ring *ring, size_t size, struct event *ret)
{
    struct heap_wire_short record = {0};

    memcpy(&record, first_record(ring), size < sizeof record ? size : sizeof record);
    bool is_free = record.kind == HEAP_WIRE_SHORT_FREE;
    if (size < (is_free ? offsetof(struct heap_wire_short, stack_id) : sizeof record))
        return false;
    uint64_t rounds = is_free ? 0 : take_rounds(ring);
    *ret = (struct event){.kind = is_free ? EVENT_FREE : EVENT_ALLOC,
                          .pid = record.pid,
                          .tid = record.tid,
                          .time_ns = ring->time_ns};
    if (is_free)
        ret->u.free = (struct event_free){.addr = record.addr, .temporary = record.bytes};
    else
        ret->u.alloc =
            (struct event_alloc){.addr = record.addr,
                                 .bytes = record.bytes,
                                 .stack_id = record.stack_id,
                                 .rounds = (rounds & HEAP_WIRE_ROUNDS_MASK) / HEAP_WIRE_ROUND,
                                 .gone = !(rounds & HEAP_WIRE_LIVE)};
    return true;
}

static bool decode_alloc(const struct heap_ring *ring, size_t size, struct event *ret)
{
    const struct heap_wire_record *first = first_record(ring);
    // Checked and used is a copy: the program may still write to its own.
    struct heap_wire_record record = {0};

    if (size < sizeof record)
        return false;
    memcpy(&record, first, sizeof record);
    if (record.stack_bytes > size - sizeof record)
        return false;
    bool is_exact = ring->header->full || record.kind == HEAP_WIRE_MAP;
    *ret = (struct event){
        .kind = EVENT_ALLOC, .pid = record.pid, .tid = record.tid, .time_ns = ring->time_ns};
    ret->u.alloc = (struct event_alloc){.addr = record.addr,
                                        .bytes = record.bytes,
                                        .interval = is_exact ? 0 : HEAP_RING_INTERVAL_BYTES,
                                        .mapped = record.kind == HEAP_WIRE_MAP,
                                        .stack_id = record.stack_id};
    decode_registers(&record, &ret->u.alloc.at);
    ret->u.alloc.at.stack = record.stack_bytes ? first->stack : NULL;
    ret->u.alloc.at.stack_size = record.stack_bytes;
    return true;
}

static bool decode_free(const struct heap_ring *ring, size_t size, struct event *ret)
{
    struct heap_wire_record record = {0};

    if (size < offsetof(struct heap_wire_record, stack_id))
        return false;
    memcpy(&record, first_record(ring), offsetof(struct heap_wire_record, stack_id));
    bool is_unmap = record.kind == HEAP_WIRE_UNMAP;
    *ret = (struct event){.kind = EVENT_FREE,
                          .pid = record.pid,
                          .tid = record.tid,
                          .time_ns = ring->time_ns,
                          .u.free = {.addr = record.addr,
                                     .mapped_bytes = is_unmap ? record.bytes : 0,
                                     .temporary = !is_unmap && record.bytes}};
    return true;
}

bool heap_ring_decode(struct heap_ring *ring, struct event *ret)
{
    size_t size = first_size(ring);

    if (!size)
        return false;
    switch (first_record(ring)->kind) {
    case HEAP_WIRE_SHORT_ALLOC:
    case HEAP_WIRE_SHORT_FREE:
        return decode_short(ring, size, ret);
    case HEAP_WIRE_ALLOC:
    case HEAP_WIRE_MAP:
        return decode_alloc(ring, size, ret);
    case HEAP_WIRE_FREE:
    case HEAP_WIRE_UNMAP:
        return decode_free(ring, size, ret);
    default:
        return false;
    }
}

void heap_ring_pop(struct heap_ring *ring)
{
    uint32_t size = first_size(ring);
    uint64_t tail = ring->header->tail;

    // Wherever the next records will start, they must not look complete.
    memset(ring->ring + tail % HEAP_WIRE_RING_BYTES, 0, size);
    __atomic_store_n(&ring->header->tail, tail + size, __ATOMIC_RELEASE);
}

bool heap_ring_is_pending(struct heap_ring *ring)
{
    return pending_bytes(ring) && !first_size(ring);
}

static bool is_record(struct heap_ring *ring)
{
    static const enum heap_wire_kind kinds[] = {
        HEAP_WIRE_ALLOC, HEAP_WIRE_FREE,  HEAP_WIRE_SHORT_ALLOC, HEAP_WIRE_SHORT_FREE,
        HEAP_WIRE_MAP,   HEAP_WIRE_UNMAP, HEAP_WIRE_TIME};
    uint32_t kind = first_record(ring)->kind;

    if (first_size(ring) <= HEAP_WIRE_UNIT)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kind == kinds[i])
            return true;
    return false;
}

void heap_ring_pass_over(struct heap_ring *ring)
{
    uint64_t head = __atomic_load_n(&ring->header->head, __ATOMIC_ACQUIRE);

    ring->broken++;
    ring->head_seen = head;
    if (head - ring->header->tail > HEAP_WIRE_RING_BYTES)
        __atomic_store_n(&ring->header->tail, head, __ATOMIC_RELEASE);
    while (ring->header->tail < head && !is_record(ring)) {
        memset(ring->ring + ring->header->tail % HEAP_WIRE_RING_BYTES, 0, HEAP_WIRE_UNIT);
        __atomic_store_n(&ring->header->tail, ring->header->tail + HEAP_WIRE_UNIT,
                         __ATOMIC_RELEASE);
    }
}

bool heap_ring_is_busy(const struct heap_ring *ring)
{
    uint64_t head = __atomic_load_n(&ring->header->head, __ATOMIC_RELAXED);

    return head - ring->header->tail > HEAP_WIRE_RING_BYTES / 4;
}

struct heap_ring_totals heap_ring_totals(const struct heap_ring *ring)
{
    return (struct heap_ring_totals){
        .lost = __atomic_load_n(&ring->header->lost, __ATOMIC_RELAXED) + ring->broken,
        .started = __atomic_load_n(&ring->header->started, __ATOMIC_RELAXED),
        .passed_by = __atomic_load_n(&ring->header->passed_by, __ATOMIC_RELAXED),
        .full = ring->header->full,
        .own_bytes = HEAP_WIRE_MAPPED_BYTES + ring->header->own_bytes,
    };
}
