#include "code/line_notes.h"

#include <stdlib.h>

#include "base/mem.h"

/** Fewer copies of a line in a row than this are taken for one statement in several pieces. */
#define UNROLLED_MIN 3

/** Different columns of a line that are told apart in a block. */
#define COLUMNS_MAX 16

/** How often each column of a line starts a statement in one block. */
struct columns {
    uint32_t column[COLUMNS_MAX];
    uint32_t starts[COLUMNS_MAX];
    uint32_t count;
    bool overflow;
};

static void columns_add(struct columns *columns, uint32_t column)
{
    for (uint32_t i = 0; i < columns->count; i++) {
        if (columns->column[i] == column) {
            columns->starts[i]++;
            return;
        }
    }
    if (columns->count == COLUMNS_MAX) {
        columns->overflow = true;
        return;
    }
    columns->column[columns->count] = column;
    columns->starts[columns->count++] = 1;
}

/** How often all columns start, when they start equally often; else 0. */
static uint32_t columns_agree(const struct columns *columns)
{
    if (columns->overflow || columns->count == 0)
        return 0;
    for (uint32_t i = 1; i < columns->count; i++)
        if (columns->starts[i] != columns->starts[0])
            return 0;
    return columns->starts[0];
}

/** Whether a row says what a later one of its address says again. */
static bool is_repeated_row(const struct line_row *rows, size_t count, size_t row)
{
    for (size_t later = row + 1; later < count; later++)
        if (rows[later].line == rows[row].line && rows[later].column == rows[row].column)
            return true;
    return false;
}

/** Collect the columns of a line's rows in a block, of all rows or of those that start statements. */
static struct columns collect_columns(const struct line_notes_input *in, uint32_t block,
                                      uint32_t slot, bool statements)
{
    struct columns columns = {0};
    for (uint32_t i = in->flow->blocks[block].first; i < in->flow->blocks[block].end; i++) {
        if (in->lines->slot_of_insn[i] != slot)
            continue;
        size_t count;
        const struct line_row *rows =
            line_map_starting(in->map, in->flow->insns[i].insn.addr, &count);
        for (size_t r = 0; r < count; r++) {
            bool own = rows[r].line == in->lines->line_of_slot[slot] && rows[r].column != 0;
            bool wanted = statements ? rows[r].statement : !is_repeated_row(rows, count, r);
            if (own && wanted)
                columns_add(&columns, rows[r].column);
        }
    }
    return columns;
}

/**
 * How many times in a row a line stands in a block. GCC starts a statement at each copy. Clang does so
 * where the line changes only; there the expressions of the line tell, if there are several, and each
 * comes equally often.
 */
static uint32_t times_in_block(const struct line_notes_input *in, uint32_t block, uint32_t slot)
{
    struct columns statements = collect_columns(in, block, slot, true);
    uint32_t times = columns_agree(&statements);
    if (times >= UNROLLED_MIN)
        return times;
    struct columns expressions = collect_columns(in, block, slot, false);
    return expressions.count > 1 ? columns_agree(&expressions) : 0;
}

// What a function does before it returns looks like a statement several times in a row.
static bool returns(const struct line_notes_input *in, uint32_t block, uint32_t slot)
{
    uint32_t last = in->flow->blocks[block].end - 1;

    return in->flow->insns[last].insn.kind == INSN_RETURN && in->lines->slot_of_insn[last] == slot;
}

// Copies of a statement call as often each: what stands several times beside one call is its arguments.
static bool calls_agree(const struct line_notes_input *in, uint32_t block, uint32_t slot,
                        uint32_t times)
{
    uint32_t calls = 0;

    for (uint32_t i = in->flow->blocks[block].first; i < in->flow->blocks[block].end; i++)
        if (in->lines->slot_of_insn[i] == slot)
            calls += in->flow->insns[i].insn.kind == INSN_CALL;
    return calls % times == 0;
}

static void note_unrolled(const struct line_notes_input *in, struct line_notes *notes)
{
    for (uint32_t block = 0; block < in->flow->block_count; block++) {
        const struct block_line_list *list = &in->lines->blocks[block];
        for (uint32_t i = list->first; i < list->first + list->count; i++) {
            uint32_t slot = in->lines->runs[i].slot;
            struct line_notes *note = &notes[slot];
            uint32_t times = times_in_block(in, block, slot);
            if (times < UNROLLED_MIN || times < note->unrolled || returns(in, block, slot) ||
                !calls_agree(in, block, slot, times))
                continue;
            note->notes |= LINE_NOTE_UNROLLED;
            note->unrolled = times;
        }
    }
}

/** Notes that single instructions give. */
static void note_instructions(const struct line_notes_input *in, struct line_notes *notes)
{
    for (uint32_t slot = 0; slot < in->lines->slot_count; slot++)
        notes[slot].notes = LINE_NOTE_JUMP_ONLY;
    for (uint32_t i = 0; i < in->flow->insn_count; i++) {
        const struct flow_insn *insn = &in->flow->insns[i];
        uint32_t slot = in->lines->slot_of_insn[i];
        if (slot == BLOCK_LINES_NONE)
            continue;
        if (!flow_is_inner_jump(in->flow, insn))
            notes[slot].notes &= ~(uint32_t)LINE_NOTE_JUMP_ONLY;
        if (insn->choice)
            notes[slot].notes |= LINE_NOTE_CHOICE;
        if (insn->packed && in->loops->depth[insn->block] > 0)
            notes[slot].notes |= LINE_NOTE_VECTORISED;
    }
}

/** Whether passes of a line start in a block that goes round in a loop. */
static bool starts_in_loop(const struct line_notes_input *in, uint32_t block, uint32_t slot)
{
    if (in->loops->depth[block] == 0 || passes_done(in->passes, block, slot))
        return false;
    const struct block_line_list *list = &in->lines->blocks[block];
    for (uint32_t i = list->first; i < list->first + list->count; i++)
        if (in->lines->runs[i].slot == slot)
            return true;
    return false;
}

/** Whether another block in which the line starts comes before this one in any case. */
static bool is_repeated(const struct line_notes_input *in, uint32_t block, uint32_t slot)
{
    for (uint32_t up = in->dominators->parent[block]; up != in->flow->entry;
         up = in->dominators->parent[up])
        if (up < in->flow->block_count && starts_in_loop(in, up, slot))
            return true;
    return false;
}

/** Blocks in which a line starts and of which none always precedes another are copies of it. */
static void note_copies(const struct line_notes_input *in, struct line_notes *notes)
{
    for (uint32_t block = 0; block < in->flow->block_count; block++) {
        const struct block_line_list *list = &in->lines->blocks[block];
        for (uint32_t i = list->first; i < list->first + list->count; i++) {
            uint32_t slot = in->lines->runs[i].slot;
            if (dominators_reached(in->dominators, block) && starts_in_loop(in, block, slot) &&
                !is_repeated(in, block, slot))
                notes[slot].copies++;
        }
    }
    for (uint32_t slot = 0; slot < in->lines->slot_count; slot++) {
        if (notes[slot].copies > 1)
            notes[slot].notes |= LINE_NOTE_COPIES;
        else
            notes[slot].copies = 0;
    }
}

/** Per slot, whether it has an instruction in a loop. Free it. */
static bool *find_loop_slots(const struct line_notes_input *in, const struct loop *loop)
{
    bool *inside = mem_alloc_array(in->lines->slot_count + 1u, sizeof *inside);
    for (uint32_t i = 0; i < in->flow->insn_count; i++) {
        uint32_t slot = in->lines->slot_of_insn[i];
        if (slot != BLOCK_LINES_NONE && loops_holds(loop, in->flow->insns[i].block))
            inside[slot] = true;
    }
    return inside;
}

static const struct line_source *source_of(const struct line_notes_input *in, uint32_t slot)
{
    return &in->map->lines[in->lines->line_of_slot[slot] - 1];
}

/** Whether a loop holds lines of a line's file above and below it, but not the line. */
static bool surrounds(const struct line_notes_input *in, const bool *inside, uint32_t slot)
{
    const struct line_source *line = source_of(in, slot);
    bool above = false, below = false;
    for (uint32_t other = 0; other < in->lines->slot_count && !inside[slot]; other++) {
        const struct line_source *source = source_of(in, other);
        if (!inside[other] || source->file != line->file || source->chain != line->chain)
            continue;
        above |= source->number < line->number;
        below |= source->number > line->number;
    }
    return above && below;
}

/** Note the lines of a block that the source has in a loop. */
static void note_surrounded(const struct line_notes_input *in, const bool *inside, uint32_t block,
                            struct line_notes *notes)
{
    const struct block_line_list *list = &in->lines->blocks[block];
    for (uint32_t i = list->first; i < list->first + list->count; i++)
        if (surrounds(in, inside, in->lines->runs[i].slot))
            notes[in->lines->runs[i].slot].notes |= LINE_NOTE_MOVED_OUT;
}

/** A line before a loop on every way to it, between the loop's lines in the source, was moved out. */
static void note_moved_out(const struct line_notes_input *in, struct line_notes *notes)
{
    for (uint32_t number = 0; number < in->loops->count; number++) {
        const struct loop *loop = &in->loops->loops[number];
        bool *inside = find_loop_slots(in, loop);
        for (uint32_t up = in->dominators->parent[loop->header]; up != in->flow->entry;
             up = in->dominators->parent[up])
            if (up < in->flow->block_count && !loops_holds(loop, up))
                note_surrounded(in, inside, up, notes);
        free(inside);
    }
}

struct line_notes *line_notes_find(const struct line_notes_input *input)
{
    struct line_notes *notes = mem_alloc_array(input->lines->slot_count + 1u, sizeof *notes);
    note_instructions(input, notes);
    note_unrolled(input, notes);
    note_copies(input, notes);
    note_moved_out(input, notes);
    return notes;
}
