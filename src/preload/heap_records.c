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
#include "preload/stack_ids.h"

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
    struct heap_wire_record *record = heap_ring_writer_take(size);

    if (!record)
        return;
    record->kind = HEAP_WIRE_TIME;
    record->time_ns = now_ns();
    heap_ring_writer_commit(record, size);
}

static struct heap_wire_short *take_short(enum heap_wire_kind kind, const void *memory,
                                          uint32_t size)
{
    if (heap_ring_writer_wants_time())
        tell_time();
    struct heap_wire_short *record = heap_ring_writer_take(size);
    if (record) {
        record->kind = kind;
        record->pid = heap_ring_writer_pid();
        record->tid = heap_ring_writer_tid();
        record->addr = (uint64_t)(uintptr_t)memory;
    }
    return record;
}

static bool alloc_shortly(const void *memory, size_t bytes, uint64_t stack_id)
{
    const uint32_t size = sizeof(struct heap_wire_short);
    struct heap_wire_short *record = take_short(HEAP_WIRE_SHORT_ALLOC, memory, size);

    if (record) {
        record->bytes = bytes;
        record->stack_id = stack_id;
        heap_ring_writer_commit(record, size);
    }
    return record;
}

static void free_shortly(const void *memory, bool temporary)
{
    const uint32_t size = offsetof(struct heap_wire_short, stack_id);
    struct heap_wire_short *record = take_short(HEAP_WIRE_SHORT_FREE, memory, size);

    if (!record)
        return;
    record->bytes = temporary;
    heap_ring_writer_commit(record, size);
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
    const void *memory;
    size_t bytes;
    const uint64_t *registers;
    struct stack_id stack; // Id 0 = it has none.
};

static bool alloc_at_length(const struct alloc *alloc)
{
    uint64_t most = alloc->stack.id ? HEAP_WIRE_STACK_ONCE_MAX : HEAP_WIRE_STACK_MAX;
    uint64_t stack_bytes = alloc->stack.stack_bytes < most ? alloc->stack.stack_bytes : most;
    uint32_t size = rounded(sizeof(struct heap_wire_record) + stack_bytes);
    struct heap_wire_record *record = heap_ring_writer_take(size);

    if (!record)
        return false;
    fill_head(record, HEAP_WIRE_ALLOC, alloc->memory);
    record->bytes = alloc->bytes;
    record->stack_id = alloc->stack.id;
    memcpy(record->registers, alloc->registers, sizeof record->registers);
    record->stack_bytes = copy_stack(record->stack, alloc->registers[HEAP_WIRE_SP], stack_bytes);
    heap_ring_writer_commit(record, size);
    return true;
}

static bool alloc_fully(struct alloc *alloc)
{
    const struct stack_walk_at at = {.pc = alloc->registers[HEAP_WIRE_IP],
                                     .sp = alloc->registers[HEAP_WIRE_SP],
                                     .bp = alloc->registers[HEAP_WIRE_BP]};

    if (stack_ids_find(&at, heap_ring_writer_tid(), &alloc->stack) && !alloc->stack.is_new)
        return alloc_shortly(alloc->memory, alloc->bytes, alloc->stack.id);
    return alloc_at_length(alloc);
}

__attribute__((noinline)) bool heap_records_alloc(const void *memory, size_t bytes)
{
    uint64_t registers[HEAP_WIRE_REGISTERS];
    struct alloc alloc = {.memory = memory,
                          .bytes = bytes,
                          .registers = registers,
                          .stack.stack_bytes = HEAP_WIRE_STACK_MAX};
    int before = errno;

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
                     : "D"(registers)
                     : "rax", "memory");
    bool told = heap_ring_writer_is_full() ? alloc_fully(&alloc) : alloc_at_length(&alloc);
    errno = before;
    return told;
}

void heap_records_free(const void *memory, bool temporary)
{
    const uint32_t size = offsetof(struct heap_wire_record, stack_id);
    int before = errno;
    struct heap_wire_record *record;

    if (heap_ring_writer_is_full()) {
        free_shortly(memory, temporary);
    } else if ((record = heap_ring_writer_take(size))) {
        fill_head(record, HEAP_WIRE_FREE, memory);
        record->bytes = temporary;
        heap_ring_writer_commit(record, size);
    }
    errno = before;
}
