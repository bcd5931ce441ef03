/*
 * A compiler files the jumps that it makes under lines that have already run or will run anyway: the
 * end of an `if` branch, the way back to a loop's test. Such jumps are transparent, they carry no line:
 *   (a) at the end of a block, a run of one line that is only a direct jump to an instruction of that
 *       line;
 *   (b) a block that is only a direct jump, if its line has another instruction in the function that is
 *       no direct jump (a `break;` that is nothing but its jump keeps its line).
 */
#include "code/block_lines.h"

#include <stdlib.h>

#include "base/mem.h"

/** The line of an instruction. A nop that no row starts at only aligns what comes behind it. */
static uint32_t line_of(const struct flow_insn *insn, const struct line_map *map)
{
    size_t count;
    line_map_starting(map, insn->insn.addr, &count);
    if (insn->block == FLOW_NONE || (insn->nop && count == 0))
        return LINE_NONE;
    const struct line_row *row = line_map_at(map, insn->insn.addr);
    return row ? row->line : LINE_NONE;
}

/** Give every instruction its line's slot; slots are numbered as lines appear. */
static void number_lines(struct block_lines *lines, const struct flow *flow,
                         const struct line_map *map)
{
    uint32_t *slot_of_line = mem_alloc_array(map->line_count + 1u, sizeof *slot_of_line);
    for (uint32_t i = 0; i <= map->line_count; i++)
        slot_of_line[i] = BLOCK_LINES_NONE;
    lines->slot_of_insn = mem_alloc_array(flow->insn_count, sizeof *lines->slot_of_insn);
    lines->line_of_slot = mem_alloc_array(flow->insn_count, sizeof *lines->line_of_slot);
    for (uint32_t i = 0; i < flow->insn_count; i++) {
        uint32_t line = line_of(&flow->insns[i], map);
        if (line != LINE_NONE && slot_of_line[line] == BLOCK_LINES_NONE) {
            lines->line_of_slot[lines->slot_count] = line;
            slot_of_line[line] = lines->slot_count++;
        }
        lines->slot_of_insn[i] = line == LINE_NONE ? BLOCK_LINES_NONE : slot_of_line[line];
    }
    free(slot_of_line);
}

/** Per slot, whether it has an instruction that is no direct jump. */
static bool *find_working_slots(const struct block_lines *lines, const struct flow *flow)
{
    bool *working = mem_alloc_array(lines->slot_count + 1u, sizeof *working);
    for (uint32_t i = 0; i < flow->insn_count; i++)
        if (lines->slot_of_insn[i] != BLOCK_LINES_NONE &&
            !flow_is_inner_jump(flow, &flow->insns[i]))
            working[lines->slot_of_insn[i]] = true;
    return working;
}

/** Whether the jump at the end of a block carries no line: rules (a) and (b). */
static bool is_transparent(const struct block_lines *lines, const struct flow *flow, uint32_t block,
                           const bool *working)
{
    uint32_t jump = flow->blocks[block].end - 1, slot = lines->slot_of_insn[jump];
    if (!flow_is_inner_jump(flow, &flow->insns[jump]) || slot == BLOCK_LINES_NONE)
        return false;
    if (flow->blocks[block].first == jump && working[slot])
        return true;
    uint32_t before = jump;
    while (before > flow->blocks[block].first &&
           lines->slot_of_insn[before - 1] == BLOCK_LINES_NONE)
        before--;
    bool alone = before == flow->blocks[block].first || lines->slot_of_insn[before - 1] != slot;
    uint32_t target = flow_insn_at(flow, flow->insns[jump].insn.target);
    return alone && lines->slot_of_insn[target] == slot;
}

/** List the lines of a block up to `end`, each where it first runs. `seen` tells each slot's last block. */
static void list_lines(struct block_lines *lines, const struct flow *flow, uint32_t block,
                       uint32_t end, uint32_t *seen)
{
    struct block_line_list *list = &lines->blocks[block];
    *list = (struct block_line_list){.first = lines->run_count, .last_slot = BLOCK_LINES_NONE};
    for (uint32_t i = flow->blocks[block].first; i < flow->blocks[block].end; i++) {
        uint32_t slot = lines->slot_of_insn[i];
        if (slot == BLOCK_LINES_NONE)
            continue;
        list->last_slot = slot;
        if (i >= end || seen[slot] == block)
            continue;
        seen[slot] = block;
        lines->runs[lines->run_count++] = (struct block_line){slot, i};
        list->count++;
    }
}

void block_lines_init(struct block_lines *ret, const struct flow *flow, const struct line_map *map)
{
    *ret = (struct block_lines){0};
    number_lines(ret, flow, map);
    bool *working = find_working_slots(ret, flow);
    uint32_t *seen = mem_alloc_array(ret->slot_count + 1u, sizeof *seen);
    for (uint32_t i = 0; i < ret->slot_count; i++)
        seen[i] = BLOCK_LINES_NONE;
    ret->runs = mem_alloc_array(flow->insn_count, sizeof *ret->runs);
    ret->blocks = mem_alloc_array(flow->block_count, sizeof *ret->blocks);
    for (uint32_t block = 0; block < flow->block_count; block++) {
        bool transparent = is_transparent(ret, flow, block, working);
        list_lines(ret, flow, block, flow->blocks[block].end - transparent, seen);
    }
    free(seen);
    free(working);
}

void block_lines_deinit(struct block_lines *lines)
{
    free(lines->slot_of_insn);
    free(lines->line_of_slot);
    free(lines->runs);
    free(lines->blocks);
    *lines = (struct block_lines){0};
}

uint32_t block_lines_first(const struct block_lines *lines, uint32_t block)
{
    const struct block_line_list *list = &lines->blocks[block];
    return list->count > 0 ? lines->runs[list->first].slot : BLOCK_LINES_NONE;
}
