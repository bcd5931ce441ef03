// The items of each block stand in the order of its instructions:
//
//     align                       where the original was
//     -> item_of_insn[first]      jumps to the block lead here
//     count                       of a part, before the first instruction where flags are dead
//     table                       of what a call through a pointer calls
//     instruction ... home        a call leads to the original
//     -> item_of_return[call]     and its springboard back to here
//     count                       of the edge into the block behind
//
// Behind all blocks stand the ways that are counted apart: of branches, of sites, and of calls.

#include "rewrite/layout.h"

#include "base/mem.h"
#include "code/encoding.h"
#include "rewrite/callee_table.h"
#include "rewrite/counting.h"
#include "rewrite/probe.h"
#include "rewrite/sites.h"
#include "rewrite/timer_call.h"

#define ALIGNMENT 16

static struct item *add(struct copy *copy, enum item_kind kind, uint32_t insn)
{
    copy->items =
        mem_grow(copy->items, &copy->item_capacity, copy->item_count, sizeof *copy->items);
    copy->items[copy->item_count] = (struct item){.kind = kind, .insn = insn, .to = COPY_NONE};
    return &copy->items[copy->item_count++];
}

static void add_count(struct copy *copy, uint32_t slot, uint32_t next)
{
    struct item *item = add(copy, ITEM_COUNT, next);

    item->slot = slot;
    item->saves = copy->live[next];
}

static bool is_loop(const struct encoding *e)
{
    return e->map == ENCODING_MAP_ONE && e->opcode >= 0xe0 && e->opcode <= 0xe3;
}

static bool parse(const struct copy *copy, uint32_t insn, struct encoding *ret)
{
    size_t size;
    const uint8_t *bytes = copy_bytes_at(copy, copy_insn(copy, insn)->addr, &size);

    return bytes && encoding_parse(bytes, copy_insn(copy, insn)->size, ret);
}

static uint64_t behind(const struct insn *insn)
{
    return insn->addr + insn->size;
}

// ---- blocks

static void add_jump(struct copy *copy, uint32_t i)
{
    struct encoding e = {0};
    uint32_t needed = copy->edge_taken[i];
    uint32_t target = copy_target(copy, i);

    parse(copy, i, &e);
    // A way that is counted needs no other place where it is the only one.
    if (needed != COPY_NONE && copy_insn(copy, i)->kind == INSN_JUMP)
        add_count(copy, copy->edges[needed].slot, target);
    struct item *item = add(copy, is_loop(&e) ? ITEM_LOOP : ITEM_JUMP, i);
    // For now the instruction; the items of those behind are not known yet.
    item->to = target;
    item->is_far = target == COPY_NONE;
}

static void add_call(struct copy *copy, uint32_t i)
{
    if (copy->tables[i] != COPY_NONE)
        add(copy, ITEM_TABLE, i)->slot = copy->tables[i];
    add(copy, ITEM_HOME, i)->home = copy_insn(copy, i)->addr;
    copy->item_of_return[i] = (uint32_t)copy->item_count;
}

static void add_insn(struct copy *copy, uint32_t i)
{
    const struct flow_insn *insn = &copy->function->flow->insns[i];

    if (copy->timed && timer_call_leaves(copy, i))
        add(copy, ITEM_LEAVE, i);
    if (insn->insn.kind == INSN_CALL)
        add_call(copy, i);
    else if (insn->insn.has_target)
        add_jump(copy, i);
    else if (!insn->nop)
        add(copy, ITEM_INSN, i);
}

// Where the counter of a part stands: before this instruction.
static uint32_t counter_place(const struct copy *copy, const struct counter_part *part)
{
    for (uint32_t i = part->first; i < part->end; i++)
        if (!copy->live[i])
            return i;
    return part->first;
}

static void add_part(struct copy *copy, uint32_t number)
{
    const struct counter_part *part = &copy->function->points->parts[number];
    bool here = copy->part_call[number] == COPY_NONE;
    uint32_t place = counter_place(copy, part);

    for (uint32_t i = part->first; i < part->end; i++) {
        copy->item_of_insn[i] = (uint32_t)copy->item_count;
        if (here && i == place)
            add_count(copy, copy->parts[number].slot, i);
        add_insn(copy, i);
    }
}

// Compilers align what is run often.
static bool was_aligned(const struct copy *copy, uint32_t first)
{
    const struct flow *flow = copy->function->flow;

    return first > 0 && flow->insns[first - 1].nop && copy_insn(copy, first)->addr % ALIGNMENT == 0;
}

static bool falls_off(const struct copy *copy, uint32_t last)
{
    const struct insn *insn = copy_insn(copy, last);
    bool stays =
        insn->kind == INSN_PLAIN || insn->kind == INSN_SYSCALL || insn->kind == INSN_BRANCH;

    return stays && sites_return_of(copy, last) == COPY_NONE;
}

static void add_block(struct copy *copy, uint32_t block)
{
    const struct flow *flow = copy->function->flow;
    const struct counter_points *points = copy->function->points;
    uint32_t last = flow->blocks[block].end - 1;

    if (was_aligned(copy, flow->blocks[block].first))
        add(copy, ITEM_ALIGN, flow->blocks[block].first);
    for (uint32_t part = points->first_part[block]; part < points->first_part[block + 1]; part++)
        add_part(copy, part);
    if (copy->edge_fall[last] != COPY_NONE)
        add_count(copy, copy->edges[copy->edge_fall[last]].slot, last + 1);
    if (falls_off(copy, last))
        add(copy, ITEM_HOME, last)->home = behind(copy_insn(copy, last));
}

// ---- ways apart

// Tell that the function was entered, count if there is a slot, then go on at an instruction. Returns where
// that begins.
static uint32_t add_stub(struct copy *copy, bool enters, uint32_t slot, uint32_t insn)
{
    uint32_t begin = (uint32_t)copy->item_count;

    if (enters)
        add(copy, ITEM_ENTER, insn);
    if (slot != COPY_NONE)
        add_count(copy, slot, insn);
    add(copy, ITEM_GO, insn)->to = copy->item_of_insn[insn];
    return begin;
}

// Lead jumps to items, in place of the instructions there.
static void settle_jumps(struct copy *copy)
{
    size_t n = copy->item_count;

    for (size_t i = 0; i < n; i++) {
        enum item_kind kind = copy->items[i].kind;
        uint32_t target = copy->items[i].to;
        uint32_t insn = copy->items[i].insn;
        if ((kind != ITEM_JUMP && kind != ITEM_LOOP) || target == COPY_NONE)
            continue;
        uint32_t needed = copy->edge_taken[insn];
        bool apart = needed != COPY_NONE && copy_insn(copy, insn)->kind == INSN_BRANCH;
        uint32_t to = apart ? add_stub(copy, false, copy->edges[needed].slot, target)
                            : copy->item_of_insn[target];
        copy->items[i].to = to;
    }
}

static void settle_sites(struct copy *copy)
{
    copy->item_of_site = mem_alloc_array(copy->site_count + 1, sizeof *copy->item_of_site);
    for (size_t i = 0; i < copy->site_count; i++) {
        const struct site *site = &copy->sites[i];
        bool enters = copy->timed && site->ways == SITE_ENTRY;
        if (enters || site->slot != COPY_NONE)
            copy->item_of_site[i] = add_stub(copy, enters, site->slot, site->insn);
        else if (site->ways == SITE_RETURN)
            copy->item_of_site[i] = copy->item_of_return[site->insn - 1];
        else
            copy->item_of_site[i] = copy->item_of_insn[site->insn];
    }
}

// Calls that count a part on their way.
static void add_detours(struct copy *copy)
{
    const uint32_t count = copy->function->points->part_count;
    size_t capacity = 0;

    for (uint32_t part = 0; part < count; part++) {
        uint32_t call = copy->part_call[part];
        if (call == COPY_NONE)
            continue;
        copy->detours =
            mem_grow(copy->detours, &capacity, copy->detour_count, sizeof *copy->detours);
        copy->detours[copy->detour_count++] = (struct detour){call, (uint32_t)copy->item_count};
        add_count(copy, copy->parts[part].slot, call);
        add(copy, ITEM_CALLEE, call);
    }
}

// ---- sizes

static uint32_t table_size(const struct copy *copy, const struct insn *call)
{
    size_t size;
    const uint8_t *bytes = copy_bytes_at(copy, call->addr, &size);

    return callee_table_size(bytes, call->size);
}

uint32_t layout_size_of(const struct copy *copy, const struct item *item)
{
    const struct insn *insn = copy_insn(copy, item->insn);

    switch (item->kind) {
    case ITEM_INSN:
        return insn->size;
    case ITEM_JUMP:
        return !item->is_far ? 2 : insn->kind == INSN_BRANCH ? 6 : 5;
    case ITEM_GO:
        return item->is_far ? 5 : 2;
    case ITEM_LOOP:
        return insn->size + 7u;
    case ITEM_HOME:
        return 5;
    case ITEM_CALLEE:
        return insn->size;
    case ITEM_COUNT:
        return probe_size(copy->form, item->saves);
    case ITEM_ENTER:
    case ITEM_LEAVE:
        return TIMER_CALL_SIZE;
    case ITEM_TABLE:
        return table_size(copy, insn);
    case ITEM_ALIGN:
        return -item->offset % ALIGNMENT;
    }
    return 0;
}

uint32_t layout_offset_of(const struct copy *copy, uint32_t item)
{
    return item < copy->item_count ? copy->items[item].offset : copy->size;
}

static void place_items(struct copy *copy)
{
    uint32_t offset = 0;

    for (size_t i = 0; i < copy->item_count; i++) {
        copy->items[i].offset = offset;
        offset += layout_size_of(copy, &copy->items[i]);
    }
    copy->size = offset;
}

static bool is_too_far(const struct copy *copy, const struct item *item)
{
    int64_t distance = (int64_t)layout_offset_of(copy, item->to) - (item->offset + 2);

    return distance < INT8_MIN || distance > INT8_MAX;
}

// Jumps only grow, so this ends.
static void choose_sizes(struct copy *copy)
{
    bool changed;

    do {
        changed = false;
        place_items(copy);
        for (size_t i = 0; i < copy->item_count; i++) {
            struct item *item = &copy->items[i];
            bool sized = item->kind == ITEM_JUMP || item->kind == ITEM_GO;
            if (!sized || item->is_far || !is_too_far(copy, item))
                continue;
            item->is_far = true;
            changed = true;
        }
    } while (changed);
}

void layout_make(struct copy *copy)
{
    const struct flow *flow = copy->function->flow;

    copy->item_of_insn = mem_alloc_array(flow->insn_count + 1u, sizeof *copy->item_of_insn);
    copy->item_of_return = mem_alloc_array(flow->insn_count + 1u, sizeof *copy->item_of_return);
    for (uint32_t block = 0; block < flow->block_count; block++)
        add_block(copy, block);
    settle_jumps(copy);
    settle_sites(copy);
    add_detours(copy);
    choose_sizes(copy);
}
