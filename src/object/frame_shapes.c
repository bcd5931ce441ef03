// Every batch of instructions makes a new shape, but for those that go back to an earlier one. Two shapes
// that happen to be alike in other ways count as different: that is safe.
#include "object/frame_shapes.h"

#include <stdbool.h>

#include "base/mem.h"
#include "object/cfa_opcodes.h"
#include "object/cfa_state.h"

struct shapes {
    struct frame_shape *items; // [n]
    size_t n;
    size_t capacity;
    uint32_t last;
    uint32_t current;
    uint32_t remembered[CFA_STATES_MAX];
    unsigned n_remembered;
};

static void begin_shape(struct shapes *shapes, uint64_t addr, uint32_t shape)
{
    shapes->current = shape;
    if (shapes->n && shapes->items[shapes->n - 1].addr == addr) {
        shapes->items[shapes->n - 1].shape = shape;
        return;
    }
    shapes->items = mem_grow(shapes->items, &shapes->capacity, shapes->n, sizeof *shapes->items);
    shapes->items[shapes->n++] = (struct frame_shape){addr, shape};
}

// The distance of an instruction that advances; false for all others.
static bool read_advance(uint8_t op, struct cursor *program, uint64_t *ret)
{
    if ((op & 0xc0) == DW_CFA_ADVANCE_LOC)
        *ret = op & 0x3f;
    else if (op == DW_CFA_ADVANCE_LOC1)
        *ret = cursor_u8(program);
    else if (op == DW_CFA_ADVANCE_LOC2)
        *ret = cursor_u16(program);
    else if (op == DW_CFA_ADVANCE_LOC4)
        *ret = cursor_u32(program);
    else
        return false;
    return true;
}

static bool follow(struct shapes *shapes, struct cfa_state *state, uint8_t op,
                   struct cursor *program, uint64_t addr)
{
    bool known = true;

    if (op == DW_CFA_REMEMBER_STATE && shapes->n_remembered < CFA_STATES_MAX)
        shapes->remembered[shapes->n_remembered++] = shapes->current;
    if ((op & 0xc0) == DW_CFA_OFFSET)
        cursor_uleb(program);
    else if ((op & 0xc0) != DW_CFA_RESTORE)
        known = cfa_state_follow(state, op, program);
    if (op == DW_CFA_RESTORE_STATE && shapes->n_remembered)
        begin_shape(shapes, addr, shapes->remembered[--shapes->n_remembered]);
    else if (op != DW_CFA_REMEMBER_STATE && op != DW_CFA_NOP && op != DW_CFA_GNU_ARGS_SIZE)
        begin_shape(shapes, addr, ++shapes->last);
    return known && !program->failed;
}

static void add_entry(struct shapes *shapes, const struct unwind_program *entry)
{
    struct cursor program = cursor_make(entry->bytes, entry->size);
    struct cfa_state state;
    uint64_t addr = entry->start;
    bool known = true;

    cfa_state_init(&state, entry->cie);
    shapes->n_remembered = 0;
    begin_shape(shapes, addr, ++shapes->last);
    while (known && cursor_left(&program)) {
        uint64_t distance;
        uint8_t op = cursor_u8(&program);
        if (read_advance(op, &program, &distance))
            addr += distance * entry->cie->code_alignment;
        else
            known = follow(shapes, &state, op, &program, addr);
    }
    if (!known)
        begin_shape(shapes, addr, FRAME_SHAPE_NONE);
}

size_t frame_shapes_find(struct unwind_table *table, uint64_t begin, uint64_t end, uint32_t *last,
                         struct frame_shape **ret)
{
    struct shapes shapes = {.last = *last};
    struct unwind_program entry;

    for (uint64_t addr = begin; addr < end; addr = entry.end) {
        if (!unwind_table_program(table, addr, &entry)) {
            begin_shape(&shapes, addr, FRAME_SHAPE_NONE);
            break;
        }
        add_entry(&shapes, &entry);
        begin_shape(&shapes, entry.end, FRAME_SHAPE_NONE);
    }
    *last = shapes.last;
    *ret = shapes.items;
    return shapes.n;
}
