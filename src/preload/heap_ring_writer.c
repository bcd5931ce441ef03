#include "preload/heap_ring_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "event/heap_wire.h"
#include "event/region_wire.h"
#include "preload/heap_rounds.h"
#include "preload/stack_ids.h"

#define THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))

// A writer of every allocation waits for the reader this long, and then gives up for good.
enum { WAITS = 20000, WAIT_NS = 100000 };

// How far before what is written next the ring is fetched.
enum { AHEAD = 512 };

static struct heap_wire_header *header; // NULL = nothing is told.
static uint8_t *ring;
static bool full;
static uint64_t interval;
static uint64_t tail_seen; // What `tail` was when it was last looked at.
static int32_t own_pid;    // 0 = not asked for since the last fork.
static THREAD_LOCAL int32_t own_tid;
static THREAD_LOCAL uint64_t tick_seen;

// ---- joining

static uint8_t *map_twice(int fd)
{
    size_t ring_bytes = HEAP_WIRE_RING_BYTES;
    uint8_t *place = mmap(NULL, HEAP_WIRE_MAPPED_BYTES, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (place == MAP_FAILED)
        return NULL;
    void *first = mmap(place, HEAP_WIRE_HEADER_BYTES + ring_bytes, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0);
    void *second =
        mmap(place + HEAP_WIRE_HEADER_BYTES + ring_bytes, ring_bytes, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, HEAP_WIRE_HEADER_BYTES);
    return first == MAP_FAILED || second == MAP_FAILED ? NULL : place;
}

static void after_fork(void)
{
    own_pid = 0;
    own_tid = 0;
    stack_ids_after_fork();
    heap_rounds_forget();
    if (header && !header->children)
        header = NULL;
}

bool heap_ring_writer_join(void)
{
    const char *path = getenv(HEAP_WIRE_VARIABLE);
    int before = errno;
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    uint8_t *place = fd < 0 ? NULL : map_twice(fd);

    if (fd >= 0)
        close(fd);
    errno = before;
    if (!place)
        return false;
    struct heap_wire_header *found = (struct heap_wire_header *)(void *)place;
    bool wanted = found->children || found->first_pid == (int32_t)syscall(SYS_getpid);
    if (found->version != HEAP_WIRE_VERSION || !wanted)
        return false;
    ring = place + HEAP_WIRE_HEADER_BYTES;
    full = found->full;
    interval = found->interval_bytes;
    pthread_atfork(NULL, NULL, after_fork);
    // Without, every stack is copied. It must be where regions are told by their marks on it.
    if (full && !getenv(REGION_WIRE_VARIABLE) && stack_ids_init() &&
        found->first_pid == (int32_t)syscall(SYS_getpid))
        __atomic_fetch_add(&found->own_bytes, stack_ids_bytes(), __ATOMIC_RELAXED);
    __atomic_fetch_add(&found->started, 1, __ATOMIC_RELAXED);
    header = found;
    return true;
}

bool heap_ring_writer_follows(void)
{
    return header && header->children;
}

void heap_ring_writer_is_passed_by(void)
{
    if (header)
        __atomic_fetch_add(&header->passed_by, 1, __ATOMIC_RELAXED);
}

bool heap_ring_writer_is_on(void)
{
    return header && !__atomic_load_n(&header->closed, __ATOMIC_RELAXED);
}

bool heap_ring_writer_is_full(void)
{
    return full;
}

uint64_t heap_ring_writer_interval(void)
{
    return interval;
}

// ---- records

static bool wait_for_reader(void)
{
    const struct timespec time = {.tv_nsec = WAIT_NS};

    if (!full || __atomic_load_n(&header->closed, __ATOMIC_RELAXED))
        return false;
    syscall(SYS_nanosleep, &time, NULL);
    return true;
}

// Whether so much is free. The reader's mark is looked at only when it is not known to be.
static bool has_room(uint64_t head, uint64_t size)
{
    if (head + size - __atomic_load_n(&tail_seen, __ATOMIC_ACQUIRE) <= HEAP_WIRE_RING_BYTES)
        return true;
    uint64_t tail = __atomic_load_n(&header->tail, __ATOMIC_ACQUIRE);
    __atomic_store_n(&tail_seen, tail, __ATOMIC_RELEASE);
    return head + size - tail <= HEAP_WIRE_RING_BYTES;
}

void *heap_ring_writer_take(uint64_t size, uint64_t *end_ret)
{
    uint64_t head = __atomic_load_n(&header->head, __ATOMIC_RELAXED);

    for (int waits = 0; waits < WAITS;) {
        if (!has_room(head, size)) {
            if (!wait_for_reader())
                break;
            waits++;
            head = __atomic_load_n(&header->head, __ATOMIC_RELAXED);
        } else if (__atomic_compare_exchange_n(&header->head, &head, head + size, false,
                                               __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            // What comes next is in the reader's cache.
            __builtin_prefetch(ring + (head + AHEAD) % HEAP_WIRE_RING_BYTES, 1);
            if (end_ret)
                *end_ret = head + size;
            return ring + head % HEAP_WIRE_RING_BYTES;
        }
    }
    __atomic_fetch_add(&header->lost, 1, __ATOMIC_RELAXED);
    if (full)
        __atomic_store_n(&header->closed, 1, __ATOMIC_RELAXED);
    return NULL;
}

bool heap_ring_writer_ends_at(uint64_t end)
{
    return __atomic_load_n(&header->head, __ATOMIC_ACQUIRE) == end;
}

void heap_ring_writer_commit(void *record, uint32_t size)
{
    __atomic_store_n((uint32_t *)record, size, __ATOMIC_RELEASE);
}

int32_t heap_ring_writer_pid(void)
{
    if (!own_pid)
        own_pid = (int32_t)syscall(SYS_getpid);
    return own_pid;
}

int32_t heap_ring_writer_tid(void)
{
    if (!own_tid)
        own_tid = (int32_t)syscall(SYS_gettid);
    return own_tid;
}

bool heap_ring_writer_wants_time(void)
{
    uint64_t tick = __atomic_load_n(&header->tick, __ATOMIC_RELAXED);
    bool wants = tick != tick_seen;

    tick_seen = tick;
    return wants;
}
