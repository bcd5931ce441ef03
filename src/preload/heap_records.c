// Stacks are copied by process_vm_readv(2), which stops at the end of a stack of any kind where a plain
// copy would fault.
#include "preload/heap_records.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "event/heap_wire.h"
#include "preload/heap_ring_writer.h"
#include "preload/heap_rounds.h"
#include "preload/stack_ids.h"
#include "preload/telling.h"

// What the thread told of last, where it tells of everything, if it lives.
static __thread __attribute__((tls_model("initial-exec"))) const void *last;

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint32_t rounded(size_t size)
{
    return (uint32_t)((size + HEAP_WIRE_UNIT - 1) / HEAP_WIRE_UNIT * HEAP_WIRE_UNIT);
}

// ---- records without time

static void tell_time(void)
{
    const uint32_t size = rounded(offsetof(struct heap_wire_record, pid));
    struct heap_wire_record *record = heap_ring_writer_take(size, NULL);

    if (!record)
        return;
    record->kind = HEAP_WIRE_TIME;
    record->time_ns = now_ns();
    heap_ring_writer_commit(record, size);
}

static struct heap_wire_short *take_short(enum heap_wire_kind kind, const void *memory,
                                          uint32_t size, uint64_t *end_ret)
{
    if (heap_ring_writer_wants_time())
        tell_time();
    struct heap_wire_short *record = heap_ring_writer_take(size, end_ret);
    if (record) {
        record->kind = kind;
        record->pid = heap_ring_writer_pid();
        record->tid = heap_ring_writer_tid();
        record->addr = (uint64_t)(uintptr_t)memory;
    }
    return record;
}

__attribute__((noinline)) static bool alloc_shortly(const void *memory, size_t bytes,
                                                    uint64_t stack_id)
{
    const uint32_t size = sizeof(struct heap_wire_short);
    uint64_t end;
    int before = errno;
    struct heap_wire_short *record = take_short(HEAP_WIRE_SHORT_ALLOC, memory, size, &end);

    if (record) {
        record->bytes = bytes;
        record->stack_id = stack_id;
        heap_rounds_begin(record, end);
        heap_ring_writer_commit(record, size);
    }
    errno = before;
    return record;
}

__attribute__((noinline)) static void free_shortly(const void *memory, bool temporary)
{
    const uint32_t size = offsetof(struct heap_wire_short, stack_id);
    int before = errno;
    struct heap_wire_short *record = take_short(HEAP_WIRE_SHORT_FREE, memory, size, NULL);

    if (record) {
        record->bytes = temporary;
        heap_ring_writer_commit(record, size);
    }
    errno = before;
}

// ---- records with time and stack

static void fill_head(struct heap_wire_record *record, enum heap_wire_kind kind, const void *memory)
{
    record->kind = kind;
    record->time_ns = now_ns();
    record->pid = heap_ring_writer_pid();
    record->tid = heap_ring_writer_tid();
    record->addr = (uint64_t)(uintptr_t)memory;
}

static uint32_t copy_stack(uint8_t *to, uint64_t from, uint64_t size)
{
    enum { PAGE = 4096 };
    struct iovec local = {.iov_base = to, .iov_len = size};
    // Pages are read one by one, so that the copy ends where the stack does.
    struct iovec remote[HEAP_WIRE_STACK_ONCE_MAX / PAGE + 1];
    unsigned long n = 0;

    for (uint64_t left = size; left; n++) {
        uint64_t to_page_end = PAGE - from % PAGE;
        uint64_t part = left < to_page_end ? left : to_page_end;
        remote[n] = (struct iovec){.iov_base = (void *)(uintptr_t)from, .iov_len = part};
        from += part;
        left -= part;
    }
    long copied =
        syscall(SYS_process_vm_readv, heap_ring_writer_pid(), &local, 1UL, remote, n, 0UL);
    return copied > 0 ? (uint32_t)copied : 0;
}

struct alloc {
    enum heap_wire_kind kind;
    const void *memory;
    size_t bytes;
    const uint64_t *registers;
    struct stack_id stack; // Id 0 = it has none.
};

static void fill_alloc(struct heap_wire_record *record, const struct alloc *alloc,
                       uint64_t stack_bytes)
{
    fill_head(record, alloc->kind, alloc->memory);
    record->bytes = alloc->bytes;
    record->stack_id = alloc->stack.id;
    memcpy(record->registers, alloc->registers, sizeof record->registers);
    record->stack_bytes = copy_stack(record->stack, alloc->registers[HEAP_WIRE_SP], stack_bytes);
}

__attribute__((noinline)) static bool alloc_at_length(const struct alloc *alloc)
{
    uint64_t most = alloc->stack.id ? HEAP_WIRE_STACK_ONCE_MAX : HEAP_WIRE_STACK_MAX;
    uint64_t stack_bytes = alloc->stack.stack_bytes < most ? alloc->stack.stack_bytes : most;
    uint32_t size = rounded(sizeof(struct heap_wire_record) + stack_bytes);
    int before = errno;
    struct heap_wire_record *record = heap_ring_writer_take(size, NULL);

    if (record)
        fill_alloc(record, alloc, stack_bytes);
    if (record)
        heap_ring_writer_commit(record, size);
    errno = before;
    return record;
}

// The registers of one instruction of the function that this is written in: its frame, and those of this library that
// it was called from, the reader leaves out.
#define READ_REGISTERS(registers)                                                                  \
    __asm__ volatile("leaq 0(%%rip), %%rax\n\t"                                                    \
                     "movq %%rax, 0(%0)\n\t"                                                       \
                     "movq %%rsp, 8(%0)\n\t"                                                       \
                     "movq %%rbp, 16(%0)\n\t"                                                      \
                     "movq %%rbx, 24(%0)\n\t"                                                      \
                     "movq %%r12, 32(%0)\n\t"                                                      \
                     "movq %%r13, 40(%0)\n\t"                                                      \
                     "movq %%r14, 48(%0)\n\t"                                                      \
                     "movq %%r15, 56(%0)"                                                          \
                     :                                                                             \
                     : "D"(registers)                                                              \
                     : "rax", "memory")

__attribute__((noinline)) bool heap_records_alloc(const void *memory, size_t bytes, bool mapped)
{
    uint64_t registers[HEAP_WIRE_REGISTERS];
    const struct alloc alloc = {.kind = mapped ? HEAP_WIRE_MAP : HEAP_WIRE_ALLOC,
                                .memory = memory,
                                .bytes = bytes,
                                .registers = registers,
                                .stack.stack_bytes = HEAP_WIRE_STACK_MAX};

    READ_REGISTERS(registers);
    return alloc_at_length(&alloc);
}

// Of a stack that was told of. False when it was not, or has no number.
static inline bool alloc_by_number(const void *memory, size_t bytes, const struct stack_walk_at *at,
                                   struct stack_id *stack)
{
    if (!stack_ids_find(at, heap_ring_writer_tid(), stack) || stack->is_new)
        return false;
    return heap_rounds_alloc(memory, bytes, stack->id) || alloc_shortly(memory, bytes, stack->id);
}

// The caller's stack, `stack`, and what this function itself has on it.
__attribute__((noinline)) static void alloc_with_stack(const void *memory, size_t bytes,
                                                       const struct stack_id *stack, uint64_t sp)
{
    uint64_t registers[HEAP_WIRE_REGISTERS];
    struct alloc alloc = {.kind = HEAP_WIRE_ALLOC,
                          .memory = memory,
                          .bytes = bytes,
                          .registers = registers,
                          .stack = *stack};

    READ_REGISTERS(registers);
    alloc.stack.stack_bytes += sp - registers[HEAP_WIRE_SP];
    alloc_at_length(&alloc);
}

__attribute__((noinline)) void *heap_records_every_alloc(void *memory, size_t bytes)
{
    struct stack_id stack = {.stack_bytes = HEAP_WIRE_STACK_MAX};
    struct stack_walk_at at;

    if (!telling_begin())
        return memory;
    __asm__ volatile("leaq 0(%%rip), %0\n\t"
                     "movq %%rsp, %1\n\t"
                     "movq %%rbp, %2"
                     : "=&r"(at.pc), "=&r"(at.sp), "=&r"(at.bp));
    if (!alloc_by_number(memory, bytes, &at, &stack))
        alloc_with_stack(memory, bytes, &stack, at.sp);
    last = memory;
    telling_end();
    return memory;
}

__attribute__((noinline)) bool heap_records_every_free(const void *memory)
{
    if (!telling_begin())
        return false;
    if (!heap_rounds_free(memory))
        free_shortly(memory, memory == last);
    if (memory == last)
        last = NULL;
    telling_end();
    return true;
}

static void free_at_length(enum heap_wire_kind kind, const void *memory, size_t bytes)
{
    const uint32_t size = offsetof(struct heap_wire_record, stack_id);
    int before = errno;
    struct heap_wire_record *record = heap_ring_writer_take(size, NULL);

    if (record) {
        fill_head(record, kind, memory);
        record->bytes = bytes;
        heap_ring_writer_commit(record, size);
    }
    errno = before;
}

void heap_records_unmap(const void *memory, size_t bytes)
{
    free_at_length(HEAP_WIRE_UNMAP, memory, bytes);
}

void heap_records_free(const void *memory, bool temporary)
{
    free_at_length(HEAP_WIRE_FREE, memory, temporary);
}
