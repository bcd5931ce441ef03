// Any bytes as call frame information, its index, and a stack: look-ups and walks end within their limits.
//
// An input is a head, then the index (.eh_frame_hdr), then the stack, then the section.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "ingest/unwind.h"
#include "object/unwind_index.h"
#include "object/unwind_table.h"

struct head {
    uint64_t section_addr;
    uint64_t index_addr;
    uint64_t registers[EVENT_REG_COUNT];
    uint32_t index_size;
    uint32_t stack_size;
    uint32_t is_debug_frame;
    uint32_t unused;
};

// Entries whose addresses are asked for, beside those that the walk comes by.
#define ENTRIES_ASKED 256

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "fuzz_unwind: %s\n", what);
    abort();
}

static const struct unwind_row *find(struct unwind_table *table, uint64_t addr)
{
    const struct unwind_row *row = unwind_table_find(table, addr);

    require(!row || (row->cfa <= UNWIND_CFA_SIGNAL && row->bp <= UNWIND_BP_LOST),
            "a row of no kind");
    return row;
}

static struct unwind_code find_code(void *context, uint64_t run_addr)
{
    return (struct unwind_code){.executable = true, .row = find(context, run_addr)};
}

// A caller's stack pointer lies above that of what it called; where all registers are known, it may be
// the same. Only a signal may come from another stack.
static void check_stack(const struct unwind_stack *stack)
{
    require(stack->n_frames >= 1 && stack->n_frames <= UNWIND_FRAMES_MAX, "too many frames");
    for (size_t i = 1; i + 1 < stack->n_frames; i++)
        require(!stack->frames[i + 1].is_call || stack->frames[i].cfa > stack->frames[i - 1].cfa ||
                    (!stack->frames[i].is_call && stack->frames[i].cfa == stack->frames[i - 1].cfa),
                "a caller below what it called");
    require(stack->end != UNWIND_LIMIT || stack->n_frames == UNWIND_FRAMES_MAX,
            "the limit with room left");
}

static void walk(struct unwind_table *table, const struct head *head, const uint8_t *stack)
{
    static struct unwind_stack walked;
    const struct unwind_memory memory = {stack, head->stack_size, head->registers[EVENT_REG_SP]};
    const struct unwind_lookup lookup = {find_code, table};

    unwind_walk(head->registers, &memory, &lookup, &walked);
    check_stack(&walked);
}

static void ask(struct unwind_table *table, const struct head *head, const uint8_t *bytes)
{
    for (size_t i = 0; i < ENTRIES_ASKED && i * sizeof(uint32_t) < head->stack_size; i++) {
        uint32_t addr = 0;
        size_t left = head->stack_size - i * sizeof addr;
        memcpy(&addr, bytes + i * sizeof addr, left < sizeof addr ? left : sizeof addr);
        find(table, addr);
        find(table, head->section_addr + addr);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct head head;
    struct unwind_index index = {0};
    struct unwind_table table;

    if (size < sizeof head)
        return 0;
    memcpy(&head, bytes, sizeof head);
    bytes += sizeof head;
    size -= sizeof head;
    if (head.index_size > size || head.stack_size > size - head.index_size)
        return 0;
    const uint8_t *stack = bytes + head.index_size;
    const struct unwind_section section = {
        .format = head.is_debug_frame & 1 ? UNWIND_DEBUG_FRAME : UNWIND_EH_FRAME,
        .bytes = stack + head.stack_size,
        .size = size - head.index_size - head.stack_size,
        .addr = head.section_addr,
    };
    unwind_index_read(bytes, head.index_size, head.index_addr, head.section_addr, &index);
    unwind_table_init(&table, &section, &index);
    unwind_table_has_entries(&table);
    walk(&table, &head, stack);
    ask(&table, &head, stack);
    size_t n_lsdas;
    unwind_table_lsdas(&table, &n_lsdas);
    for (size_t i = 0; i < table.n_fdes && i < ENTRIES_ASKED; i++)
        find(&table, table.lsdas && i < n_lsdas ? table.lsdas[i].start : i);
    walk(&table, &head, stack);
    unwind_table_deinit(&table);
    return 0;
}
