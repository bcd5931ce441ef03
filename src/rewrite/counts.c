// Counting by steps sees every instruction and every way within the function, but not the ways into it
// from outside: of those the count is what is left of the target's own (symbolize/counted_function.c).
// So where such a way was counted here, the rest of what comes to its target is told in its place.

#include <stdlib.h>

#include "base/mem.h"
#include "rewrite/callee_table.h"
#include "rewrite/counting.h"
#include "rewrite/plan.h"

struct counts {
    const struct copy *copy;
    const uint64_t *slots;
    struct rewrite_count *items;
    size_t count;
    size_t capacity;
};

static void add(struct counts *c, enum rewrite_count_kind kind, uint64_t from, uint64_t addr,
                uint64_t count)
{
    c->items = mem_grow(c->items, &c->capacity, c->count, sizeof *c->items);
    c->items[c->count++] = (struct rewrite_count){kind, from, addr, count};
}

static void add_parts(struct counts *c)
{
    const struct counter_points *points = c->copy->function->points;

    for (uint32_t i = 0; i < points->part_count; i++)
        add(c, REWRITE_COUNT_INSTRUCTION, 0, copy_insn(c->copy, points->parts[i].first)->addr,
            counting_value(c->copy, c->copy->parts[i], c->slots));
}

// ---- edges

static const struct flow *flow_of(const struct counts *c)
{
    return c->copy->function->flow;
}

// Whether steps see control go this way.
static bool is_seen(const struct counts *c, const struct flow_edge *edge)
{
    bool within = edge->kind == FLOW_EDGE_TAKEN || edge->kind == FLOW_EDGE_FALL ||
                  edge->kind == FLOW_EDGE_LABEL;

    return within &&
           (edge->kind == FLOW_EDGE_LABEL || copy_insn(c->copy, edge->insn)->kind != INSN_CALL);
}

// All indirect jumps stand for one another.
static uint64_t hub_jump(const struct counts *c)
{
    const struct flow *flow = flow_of(c);

    for (uint32_t i = 0; i < flow->graph.edge_count; i++)
        if (flow->edges[i].kind == FLOW_EDGE_TO_HUB && flow->edges[i].insn != FLOW_NONE)
            return copy_insn(c->copy, flow->edges[i].insn)->addr;
    return 0;
}

static uint64_t target_of(const struct counts *c, uint32_t edge)
{
    return flow_block_addr(flow_of(c), flow_of(c)->graph.edges[edge].to);
}

static uint64_t edge_value(const struct counts *c, uint32_t needed)
{
    return counting_value(c->copy, c->copy->edges[needed], c->slots);
}

static void add_seen(struct counts *c, uint32_t needed)
{
    uint32_t edge = c->copy->function->points->edges[needed];
    const struct flow_edge *way = &flow_of(c)->edges[edge];

    if (!is_seen(c, way))
        return;
    uint64_t from =
        way->kind == FLOW_EDGE_LABEL ? hub_jump(c) : copy_insn(c->copy, way->insn)->addr;
    add(c, REWRITE_COUNT_EDGE, from, target_of(c, edge), edge_value(c, needed));
}

// What was told so far of what comes to an address.
static uint64_t told(const struct counts *c, uint64_t addr)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].kind == REWRITE_COUNT_EDGE && c->items[i].addr == addr)
            sum += c->items[i].count;
    return sum;
}

static void add_unseen(struct counts *c, uint32_t needed)
{
    const struct counter_points *points = c->copy->function->points;
    uint32_t edge = points->edges[needed];

    if (is_seen(c, &flow_of(c)->edges[edge]))
        return;
    uint32_t to = flow_of(c)->graph.edges[edge].to;
    uint64_t all = counting_value(c->copy, c->copy->parts[points->first_part[to]], c->slots);
    uint64_t known = told(c, target_of(c, edge)) + edge_value(c, needed);
    // From nowhere: no one asks for this way.
    if (all > known)
        add(c, REWRITE_COUNT_EDGE, 0, target_of(c, edge), all - known);
}

static void add_entries(struct counts *c)
{
    struct counting entries = c->copy->entries;

    if (entries.slot != COPY_NONE || entries.part != COPY_NONE)
        add(c, REWRITE_COUNT_ENTRIES, 0, c->copy->function->source->entry,
            counting_value(c->copy, entries, c->slots));
}

// ---- calls

// Whether an instruction calls another function or jumps to it, always to the same one.
static bool is_way_out(const struct copy *copy, uint32_t i)
{
    const struct insn *insn = copy_insn(copy, i);

    if (!insn->has_target || copy->function->flow->insns[i].block == FLOW_NONE)
        return false;
    return insn->kind == INSN_CALL ||
           (insn->kind == INSN_JUMP && copy_target(copy, i) == COPY_NONE);
}

// As calls are told otherwise, each is named by its last byte.
static void add_calls(struct counts *c)
{
    const struct flow *flow = flow_of(c);
    const struct counter_points *points = c->copy->function->points;

    for (uint32_t i = 0; i < flow->insn_count; i++) {
        const struct insn *insn = copy_insn(c->copy, i);
        if (!is_way_out(c->copy, i))
            continue;
        uint32_t part = counter_points_part_of(points, flow, i);
        uint64_t count = counting_value(c->copy, c->copy->parts[part], c->slots);
        if (count)
            add(c, REWRITE_COUNT_CALL, insn->addr + insn->size - 1, insn->target, count);
    }
}

size_t rewrite_counts(const struct rewrite_plan *plan, size_t function, const uint64_t *slots,
                      struct rewrite_count **ret)
{
    struct counts c = {.copy = &plan->copies[function], .slots = slots};
    uint32_t edge_count = c.copy->function->points->edge_count;

    *ret = NULL;
    if (copy_is_refused(c.copy))
        return 0;
    add_parts(&c);
    for (uint32_t i = 0; i < edge_count; i++)
        add_seen(&c, i);
    for (uint32_t i = 0; i < edge_count; i++)
        add_unseen(&c, i);
    add_entries(&c);
    add_calls(&c);
    *ret = c.items;
    return c.count;
}

// ---- calls through pointers

size_t rewrite_callees(const struct rewrite_plan *plan, size_t function, const uint64_t *slots,
                       struct rewrite_callee **ret)
{
    const struct copy *copy = &plan->copies[function];
    const uint32_t insn_count = copy_is_refused(copy) ? 0 : copy->function->flow->insn_count;
    struct rewrite_callee *callees = NULL;
    size_t capacity = 0;
    size_t n = 0;

    for (uint32_t i = 0; i < insn_count; i++) {
        const struct insn *insn = copy_insn(copy, i);
        if (copy->tables[i] == COPY_NONE)
            continue;
        const uint64_t *table = slots + copy->slot_first + copy->tables[i];
        for (unsigned k = 0; k < REWRITE_CALLEES && table[2 * k]; k++) {
            callees = mem_grow(callees, &capacity, n, sizeof *callees);
            callees[n++] = (struct rewrite_callee){insn->addr + insn->size - 1, table[2 * k],
                                                   table[2 * k + 1]};
        }
    }
    *ret = callees;
    return n;
}

// ---- passes

static uint64_t count_calls(const struct flow *flow, const struct counter_part *part)
{
    uint64_t calls = 0;

    for (uint32_t i = part->first; i < part->end; i++)
        calls += flow->insns[i].insn.kind == INSN_CALL;
    return calls;
}

void rewrite_passes_add(const struct rewrite_plan *plan, size_t function, const uint64_t *slots,
                        struct rewrite_passes *sum)
{
    const struct copy *copy = &plan->copies[function];

    if (copy_is_refused(copy))
        return;
    const struct flow *flow = copy->function->flow;
    const struct counter_points *points = copy->function->points;
    for (uint32_t i = 0; i < points->part_count; i++) {
        const struct counter_part *part = &points->parts[i];
        uint64_t count = counting_value(copy, copy->parts[i], slots);
        sum->counters += count;
        sum->calls += count * count_calls(flow, part);
    }
    for (uint32_t i = 0; i < points->edge_count; i++)
        sum->counters += counting_value(copy, copy->edges[i], slots);
    sum->entries += counting_value(copy, copy->entries, slots);
}
