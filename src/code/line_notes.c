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

/** How many times in a row a line stands in a block, by the statements that start there. */
static uint32_t times_in_block(const struct line_notes_input *in, uint32_t block, uint32_t slot)
{
    struct columns columns = {0};
    for (uint32_t i = in->flow->blocks[block].first; i < in->flow->blocks[block].end; i++) {
        if (in->lines->slot_of_insn[i] != slot)
            continue;
        size_t count;
        const struct line_row *rows =
            line_map_starting(in->map, in->flow->insns[i].insn.addr, &count);
        for (size_t r = 0; r < count; r++)
            if (rows[r].statement && rows[r].column &&
                rows[r].line == in->lines->line_of_slot[slot])
                columns_add(&columns, rows[r].column);
    }
    return columns_agree(&columns);
}

static void note_unrolled(const struct line_notes_input *in, struct line_notes *notes)
{
    for (uint32_t block = 0; block < in->flow->block_count; block++) {
        const struct block_line_list *list = &in->lines->blocks[block];
        for (uint32_t i = list->first; i < list->first + list->count; i++) {
            struct line_notes *note = &notes[in->lines->runs[i].slot];
            uint32_t times = times_in_block(in, block, in->lines->runs[i].slot);
            if (times < UNROLLED_MIN || times < note->unrolled)
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

/** Whether a loop holds an instruction of a line, and lines of its file above and below it. */
static bool surrounds(const struct line_notes_input *in, const struct loop *loop, uint32_t slot)
{
    const struct line_source *line = &in->map->lines[in->lines->line_of_slot[slot] - 1];
    bool above = false, below = false;
    for (uint32_t i = 0; i < in->flow->insn_count; i++) {
        uint32_t other = in->lines->slot_of_insn[i];
        if (other == BLOCK_LINES_NONE || !loops_holds(loop, in->flow->insns[i].block))
            continue;
        if (other == slot)
            return false;
        const struct line_source *source = &in->map->lines[in->lines->line_of_slot[other] - 1];
        bool same = source->file == line->file && source->chain == line->chain;
        above |= same && source->number < line->number;
        below |= same && source->number > line->number;
    }
    return above && below;
}

/** A line before a loop on every way to it, between the loop's lines in the source, was moved out. */
static void note_moved_out(const struct line_notes_input *in, struct line_notes *notes)
{
    for (uint32_t number = 0; number < in->loops->count; number++) {
        const struct loop *loop = &in->loops->loops[number];
        for (uint32_t up = in->dominators->parent[loop->header]; up != in->flow->entry;
             up = in->dominators->parent[up]) {
            if (up >= in->flow->block_count || loops_holds(loop, up))
                continue;
            const struct block_line_list *list = &in->lines->blocks[up];
            for (uint32_t i = list->first; i < list->first + list->count; i++)
                if (surrounds(in, loop, in->lines->runs[i].slot))
                    notes[in->lines->runs[i].slot].notes |= LINE_NOTE_MOVED_OUT;
        }
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
