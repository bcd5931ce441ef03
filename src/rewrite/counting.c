#include "rewrite/counting.h"

#include <inttypes.h>

#include "base/mem.h"
#include "rewrite/callee_table.h"
#include "rewrite/no_return.h"
#include "rewrite/sites.h"

static const struct counting nothing = {COPY_NONE, COPY_NONE};

static uint32_t new_slot(struct copy *copy)
{
    return copy->slot_count++;
}

static uint32_t part_of(const struct copy *copy, uint32_t insn)
{
    return counter_points_part_of(copy->function->points, copy->function->flow, insn);
}

// The part that counts what comes back from a call: that of the call; COPY_NONE when nothing does.
static uint32_t part_before(const struct copy *copy, uint32_t call)
{
    return no_return_has(copy->no_return, copy, call) ? COPY_NONE : part_of(copy, call);
}

// Whether control comes from outside to what is behind a call in one way only, and to the copy.
static bool returns_to_copy(const struct copy *copy, uint32_t call)
{
    uint32_t behind = sites_return_of(copy, call);
    const struct site *site = behind == COPY_NONE ? NULL : sites_at(copy, behind);

    return site && site->size && site->ways == SITE_RETURN;
}

// ---- parts

static bool starts_block(const struct copy *copy, uint32_t insn)
{
    const struct flow *flow = copy->function->flow;

    return flow->blocks[flow->insns[insn].block].first == insn;
}

bool counting_can_detour(const struct copy *copy, uint32_t call)
{
    const struct insn *insn = copy_insn(copy, call);
    size_t size;
    const uint8_t *bytes = copy_bytes_at(copy, insn->addr, &size);

    // call rel32, and call *disp32(%rip)
    return (insn->size == 5 && bytes[0] == 0xe8) ||
           (insn->size == 6 && bytes[0] == 0xff && bytes[1] == 0x15);
}

// The call that ends what runs in place, where no block begins before it. COPY_NONE = there is none that
// can be led over a counter.
static uint32_t call_behind(const struct copy *copy, uint32_t first)
{
    for (uint32_t i = first; i < copy->function->flow->insn_count && copy->in_place[i].runs; i++) {
        if (i > first && starts_block(copy, i))
            return COPY_NONE;
        if (copy_insn(copy, i)->kind == INSN_CALL)
            return counting_can_detour(copy, i) ? i : COPY_NONE;
    }
    return COPY_NONE;
}

static bool settle_part(struct copy *copy, uint32_t part)
{
    uint32_t first = copy->function->points->parts[part].first;
    const struct in_place *in_place = &copy->in_place[first];

    copy->parts[part] = (struct counting){new_slot(copy), COPY_NONE};
    copy->part_call[part] = in_place->runs ? call_behind(copy, first) : COPY_NONE;
    if (!in_place->runs || copy->part_call[part] != COPY_NONE)
        return true;
    if (in_place->behind == COPY_NONE)
        return copy_refuse(copy, "there is no room for a jump at 0x%" PRIx64 " to count it",
                           copy_insn(copy, first)->addr);
    copy->parts[part].part = part_before(copy, in_place->behind);
    return true;
}

// ---- edges

static uint32_t entry_insn(const struct copy *copy)
{
    return flow_insn_at(copy->function->flow, copy->function->source->entry);
}

// Which way an edge comes from outside; 0 = it is one within.
static uint8_t way_of(enum flow_edge_kind kind)
{
    switch (kind) {
    case FLOW_EDGE_ENTER:
        return SITE_ENTRY;
    case FLOW_EDGE_LABEL:
        return SITE_LABEL;
    case FLOW_EDGE_LANDING:
        return SITE_LANDING;
    default:
        return 0;
    }
}

// The first instruction of the block that an edge leads to; COPY_NONE for the hub and the exit.
static uint32_t edge_insn(const struct copy *copy, uint32_t edge)
{
    const struct flow *flow = copy->function->flow;
    uint32_t to = flow->graph.edges[edge].to;

    return to < flow->block_count ? flow->blocks[to].first : COPY_NONE;
}

// The site at an instruction that control comes to the copy from, in one way only.
static struct site *site_of_way(const struct copy *copy, uint32_t insn, uint8_t way)
{
    const struct site *site = sites_at(copy, insn);
    // A call before a landing pad rarely returns, and what does is not told from what lands.
    uint8_t ways = site && way == SITE_LANDING ? site->ways & (uint8_t)~SITE_RETURN
                   : site                      ? site->ways
                                               : 0;

    return site && site->size && ways == way ? &copy->sites[site - copy->sites] : NULL;
}

static struct counting count_site(struct copy *copy, struct site *site)
{
    if (site->slot == COPY_NONE)
        site->slot = new_slot(copy);
    return (struct counting){site->slot, COPY_NONE};
}

static bool settle_outer_edge(struct copy *copy, uint32_t needed, uint8_t way)
{
    uint32_t insn = edge_insn(copy, copy->function->points->edges[needed]);
    struct site *site = site_of_way(copy, insn, way);

    if (!site)
        return copy_refuse(copy, "the ways to 0x%" PRIx64 " cannot be told apart",
                           copy_insn(copy, insn)->addr);
    copy->edges[needed] = count_site(copy, site);
    return true;
}

// Back from a call into the block behind.
static struct counting count_return(struct copy *copy, uint32_t call)
{
    uint32_t behind = sites_return_of(copy, call);
    struct site *landing = site_of_way(copy, behind, SITE_LANDING);

    if (returns_to_copy(copy, call))
        return (struct counting){new_slot(copy), COPY_NONE};
    if (landing)
        return count_site(copy, landing);
    return (struct counting){new_slot(copy), part_before(copy, call)};
}

// Into the block behind. What runs in place does not pass the copy's counter.
static bool settle_fall(struct copy *copy, uint32_t needed, uint32_t from)
{
    const struct in_place *in_place = &copy->in_place[from];

    copy->edge_fall[from] = needed;
    if (copy_insn(copy, from)->kind == INSN_CALL) {
        copy->edges[needed] = count_return(copy, from);
        return true;
    }
    copy->edges[needed] = (struct counting){new_slot(copy), COPY_NONE};
    if (!in_place->runs)
        return true;
    if (in_place->behind == COPY_NONE)
        return copy_refuse(copy, "the way on from 0x%" PRIx64 " cannot be counted",
                           copy_insn(copy, from)->addr);
    copy->edges[needed].part = part_before(copy, in_place->behind);
    return true;
}

static bool settle_edge(struct copy *copy, uint32_t needed)
{
    uint32_t edge = copy->function->points->edges[needed];
    const struct flow_edge *way = &copy->function->flow->edges[edge];
    uint8_t outer = way_of(way->kind);

    if (outer)
        return settle_outer_edge(copy, needed, outer);
    if (way->kind == FLOW_EDGE_FALL)
        return settle_fall(copy, needed, way->insn);
    if (way->kind != FLOW_EDGE_TAKEN)
        return copy_refuse(copy, "a way into or out of its indirect jumps has to be counted");
    copy->edge_taken[way->insn] = needed;
    copy->edges[needed] = (struct counting){new_slot(copy), COPY_NONE};
    return true;
}

// ---- entries

// Calls are what enters the first block, where nothing else does.
static bool settle_entries(struct copy *copy)
{
    const struct flow *flow = copy->function->flow;
    uint32_t insn = entry_insn(copy);
    uint32_t block = flow->insns[insn].block;
    struct site *site = site_of_way(copy, insn, SITE_ENTRY);
    bool alone =
        graph_in(&flow->graph, block).count == 1 && sites_at(copy, insn)->ways == SITE_ENTRY;

    copy->entries = nothing;
    if (alone)
        copy->entries.part = copy->function->points->first_part[block];
    else if (site)
        copy->entries = count_site(copy, site);
    else
        return copy_refuse(copy, "calls of it cannot be told from its jumps to its start");
    return true;
}

// ---- calls through pointers

static bool has_table(const struct copy *copy, uint32_t i)
{
    const struct insn *insn = copy_insn(copy, i);
    size_t size;

    if (copy->form != REWRITE_COUNTER_GS || insn->kind != INSN_CALL || insn->has_target ||
        copy->live[i] || copy->function->flow->insns[i].block == FLOW_NONE)
        return false;
    const uint8_t *bytes = copy_bytes_at(copy, insn->addr, &size);
    return bytes && callee_table_size(bytes, insn->size) > 0;
}

static void settle_tables(struct copy *copy)
{
    for (uint32_t i = 0; i < copy->function->flow->insn_count; i++) {
        if (!has_table(copy, i))
            continue;
        copy->tables[i] = copy->slot_count;
        copy->slot_count += CALLEE_TABLE_SLOTS;
    }
}

static void fill(uint32_t *numbers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = COPY_NONE;
}

bool counting_settle(struct copy *copy)
{
    const struct flow *flow = copy->function->flow;
    const struct counter_points *points = copy->function->points;

    copy->parts = mem_alloc_array(points->part_count + 1u, sizeof *copy->parts);
    copy->part_call = mem_alloc_array(points->part_count + 1u, sizeof *copy->part_call);
    copy->edges = mem_alloc_array(points->edge_count + 1u, sizeof *copy->edges);
    copy->edge_taken = mem_alloc_array(flow->insn_count + 1u, sizeof *copy->edge_taken);
    copy->edge_fall = mem_alloc_array(flow->insn_count + 1u, sizeof *copy->edge_fall);
    fill(copy->edge_taken, flow->insn_count);
    fill(copy->edge_fall, flow->insn_count);
    copy->tables = mem_alloc_array(flow->insn_count + 1u, sizeof *copy->tables);
    fill(copy->tables, flow->insn_count);
    for (uint32_t i = 0; i < points->part_count; i++)
        if (!settle_part(copy, i))
            return false;
    for (uint32_t i = 0; i < points->edge_count; i++)
        if (!settle_edge(copy, i))
            return false;
    if (!settle_entries(copy))
        return false;
    settle_tables(copy);
    return true;
}

uint64_t counting_value(const struct copy *copy, struct counting counting, const uint64_t *slots)
{
    uint64_t value = 0;

    // Each part counts with one before it, so this ends.
    for (;;) {
        if (counting.slot != COPY_NONE)
            value += slots[copy->slot_first + counting.slot];
        if (counting.part == COPY_NONE)
            return value;
        counting = copy->parts[counting.part];
    }
}
