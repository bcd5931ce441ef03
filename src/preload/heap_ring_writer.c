// Stacks are copied by process_vm_readv(2), which stops at the end of a stack of any kind where a plain
// copy would fault.
#include "preload/heap_ring_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "event/heap_wire.h"

// A writer of every allocation waits for the reader this long, and then gives up for good.
enum { WAITS = 20000, WAIT_NS = 100000 };

static struct heap_wire_header *header; // NULL = nothing is told.
static uint8_t *ring;
static bool full;
static uint64_t interval;
static int32_t own_pid; // 0 = not asked for since the last fork.

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
    __atomic_fetch_add(&found->started, 1, __ATOMIC_RELAXED);
    header = found;
    return true;
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

// Room for a record, or NULL.
static struct heap_wire_record *take_room(uint64_t size)
{
    uint64_t head = __atomic_load_n(&header->head, __ATOMIC_RELAXED);

    for (int waits = 0; waits < WAITS;) {
        uint64_t tail = __atomic_load_n(&header->tail, __ATOMIC_ACQUIRE);
        if (head + size - tail > HEAP_WIRE_RING_BYTES) {
            if (!wait_for_reader())
                break;
            waits++;
            head = __atomic_load_n(&header->head, __ATOMIC_RELAXED);
        } else if (__atomic_compare_exchange_n(&header->head, &head, head + size, false,
                                               __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            return (struct heap_wire_record *)(void *)(ring + head % HEAP_WIRE_RING_BYTES);
        }
    }
    __atomic_fetch_add(&header->lost, 1, __ATOMIC_RELAXED);
    if (full)
        __atomic_store_n(&header->closed, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void fill_head(struct heap_wire_record *record, enum heap_wire_kind kind, const void *memory)
{
    struct timespec now;

    if (!own_pid)
        own_pid = (int32_t)syscall(SYS_getpid);
    clock_gettime(CLOCK_MONOTONIC, &now);
    record->kind = kind;
    record->time_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    record->pid = own_pid;
    record->tid = (int32_t)syscall(SYS_gettid);
    record->addr = (uint64_t)(uintptr_t)memory;
}

static void commit(struct heap_wire_record *record, uint32_t size)
{
    __atomic_store_n(&record->size, size, __ATOMIC_RELEASE);
}

static uint32_t copy_stack(uint8_t *to, uint64_t from)
{
    struct iovec local = {.iov_base = to, .iov_len = HEAP_WIRE_STACK_MAX};
    // Pages are read one by one, so that the copy ends where the stack does.
    struct iovec remote[HEAP_WIRE_STACK_MAX / 4096 + 1];
    unsigned long n = 0;

    for (uint64_t left = HEAP_WIRE_STACK_MAX; left; n++) {
        uint64_t to_page_end = 4096 - from % 4096;
        uint64_t size = left < to_page_end ? left : to_page_end;
        remote[n] = (struct iovec){.iov_base = (void *)(uintptr_t)from, .iov_len = size};
        from += size;
        left -= size;
    }
    long copied = syscall(SYS_process_vm_readv, own_pid, &local, 1UL, remote, n, 0UL);
    return copied > 0 ? (uint32_t)copied : 0;
}

__attribute__((noinline)) bool heap_ring_writer_alloc(const void *memory, size_t bytes)
{
    uint32_t size = (uint32_t)sizeof(struct heap_wire_record) + HEAP_WIRE_STACK_MAX;
    int before = errno;

    size = (size + HEAP_WIRE_UNIT - 1) / HEAP_WIRE_UNIT * HEAP_WIRE_UNIT;
    struct heap_wire_record *record = take_room(size);
    if (record) {
        uint64_t *r = record->registers;
        fill_head(record, HEAP_WIRE_ALLOC, memory);
        record->bytes = bytes;
        // The registers of one instruction of this function, whose frame the reader leaves out.
        __asm__ volatile("leaq 0(%%rip), %%rax\n\t"
                         "movq %%rax, 0(%0)\n\t"
                         "movq %%rsp, 8(%0)\n\t"
                         "movq %%rbp, 16(%0)\n\t"
                         "movq %%rbx, 24(%0)\n\t"
                         "movq %%r12, 32(%0)\n\t"
                         "movq %%r13, 40(%0)\n\t"
                         "movq %%r14, 48(%0)\n\t"
                         "movq %%r15, 56(%0)"
                         :
                         : "D"(r)
                         : "rax", "memory");
        record->stack_bytes = copy_stack(record->stack, r[HEAP_WIRE_SP]);
        commit(record, size);
    }
    errno = before;
    return record;
}

void heap_ring_writer_free(const void *memory)
{
    int before = errno;
    uint32_t size = 128;
    struct heap_wire_record *record = take_room(size);

    if (record) {
        fill_head(record, HEAP_WIRE_FREE, memory);
        commit(record, size);
    }
    errno = before;
}
