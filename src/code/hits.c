#include "code/hits.h"

#include <stdlib.h>

#include "base/mem.h"
#include "code/block_lines.h"
#include "code/dominators.h"
#include "code/edge_counts.h"
#include "code/loops.h"
#include "code/passes.h"

struct hits_plan {
    const struct flow *flow;
    const struct line_map *map;
    struct block_lines lines;
    struct dominators dominators;
    struct loops loops;
    struct passes passes;
    struct counter_points points;
    struct line_notes *notes; ///< Per slot.
};

/** One computation. */
struct computing {
    const struct hits_plan *plan;
    const struct hits_counts *counts;
    struct edge_counts edges;
    uint64_t *start; ///< Per block.
    uint64_t *end;
    bool *end_known;
    struct hits_line *lines; ///< Per slot.
};

/** A sum over edges of which not all may be known. */
struct partial_sum {
    uint64_t sum;
    bool known;
};

struct hits_plan *hits_plan_create(const struct flow *flow, const struct line_map *map,
                                   bool branches)
{
    struct hits_plan *plan = mem_alloc(sizeof *plan);
    plan->flow = flow;
    plan->map = map;
    block_lines_init(&plan->lines, flow, map);
    dominators_init(&plan->dominators, &flow->graph, flow->entry);
    loops_init(&plan->loops, &flow->graph, &plan->dominators);
    passes_init(&plan->passes, flow, &plan->lines, &plan->dominators, &plan->loops);
    counter_points_init(&plan->points, &(struct counter_input){.flow = flow,
                                                               .lines = &plan->lines,
                                                               .loops = &plan->loops,
                                                               .passes = &plan->passes,
                                                               .branches = branches});
    plan->notes = line_notes_find(&(struct line_notes_input){.flow = flow,
                                                             .map = map,
                                                             .lines = &plan->lines,
                                                             .dominators = &plan->dominators,
                                                             .loops = &plan->loops,
                                                             .passes = &plan->passes});
    return plan;
}

void hits_plan_destroy(struct hits_plan *plan)
{
    if (!plan)
        return;
    free(plan->notes);
    counter_points_deinit(&plan->points);
    passes_deinit(&plan->passes);
    loops_deinit(&plan->loops);
    dominators_deinit(&plan->dominators);
    block_lines_deinit(&plan->lines);
    free(plan);
}

const struct counter_points *hits_plan_points(const struct hits_plan *plan)
{
    return &plan->points;
}

/** Derive the counts of blocks and edges from the counters. */
static void derive_counts(struct computing *c)
{
    const struct flow *flow = c->plan->flow;
    const struct counter_points *points = &c->plan->points;
    c->start = mem_alloc_array(flow->block_count + 1u, sizeof *c->start);
    c->end = mem_alloc_array(flow->block_count + 1u, sizeof *c->end);
    c->end_known = mem_alloc_array(flow->block_count + 1u, sizeof *c->end_known);
    for (uint32_t block = 0; block < flow->block_count; block++) {
        c->start[block] = c->counts->parts[points->first_part[block]];
        c->end[block] = c->counts->parts[points->first_part[block + 1] - 1];
        c->end_known[block] = counter_points_end_known(points, flow, block);
    }
    edge_counts_init(&c->edges, flow);
    for (uint32_t i = 0; i < points->edge_count; i++)
        edge_counts_set(&c->edges, points->edges[i], c->counts->edges[i]);
    edge_counts_solve(&c->edges, flow, &(struct block_counts){c->start, c->end, c->end_known});
}

static uint64_t count_of_insn(const struct computing *c, uint32_t insn)
{
    return c->counts->parts[counter_points_part_of(&c->plan->points, c->plan->flow, insn)];
}

/**
 * The sum of the edges into a block on which a line is done, or is not done. The landings at a pad are
 * one number: where the line is done on some and not on others they are not known apart.
 */
static struct partial_sum sum_edges(const struct computing *c, uint32_t block, uint32_t slot,
                                    bool done)
{
    struct partial_sum sum = {.known = true};
    struct graph_span in = graph_in(&c->plan->flow->graph, block);
    uint32_t landings = 0, matching = 0;
    for (uint32_t i = 0; i < in.count; i++) {
        uint32_t edge = in.edges[i];
        bool matches = passes_done_on_edge(&c->plan->passes, edge, slot) == done;
        bool landing = c->plan->flow->edges[edge].kind == FLOW_EDGE_LANDING;
        landings += landing;
        matching += landing && matches;
        if (!matches || (landing && matching > 1))
            continue;
        sum.known &= edge_counts_known(&c->edges, edge);
        sum.sum += edge_counts_get(&c->edges, edge);
    }
    sum.known &= matching == 0 || matching == landings;
    return sum;
}

/** Add the hits of one line in one block: rule 6. */
static void add_hits(struct computing *c, uint32_t block, const struct block_line *run)
{
    struct hits_line *line = &c->lines[run->slot];
    if (passes_done(&c->plan->passes, block, run->slot))
        return;
    uint64_t count = count_of_insn(c, run->first);
    struct partial_sum done = sum_edges(c, block, run->slot, true);
    if (!done.known) {
        struct partial_sum fresh = sum_edges(c, block, run->slot, false);
        uint64_t entered = c->start[block];
        line->approximate |= !fresh.known;
        done.sum = fresh.known && entered > fresh.sum ? entered - fresh.sum : 0;
    }
    line->hits += count > done.sum ? count - done.sum : 0;
}

/** Add what the instructions of a line did. */
static void add_instructions(struct computing *c)
{
    const struct flow *flow = c->plan->flow;
    for (uint32_t i = 0; i < flow->insn_count; i++) {
        uint32_t slot = c->plan->lines.slot_of_insn[i];
        if (slot == BLOCK_LINES_NONE)
            continue;
        uint64_t count = count_of_insn(c, i);
        c->lines[slot].instructions += count;
        c->lines[slot].executed |= count > 0;
    }
}

/** Add which way a block's branch went. */
static void add_branch(struct computing *c, uint32_t block)
{
    const struct flow *flow = c->plan->flow;
    uint32_t branch = flow->blocks[block].end - 1;
    uint32_t slot = c->plan->lines.slot_of_insn[branch];
    if (flow->insns[branch].insn.kind != INSN_BRANCH || slot == BLOCK_LINES_NONE)
        return;
    struct graph_span out = graph_out(&flow->graph, block);
    uint64_t taken = 0, total = 0;
    bool known = true;
    for (uint32_t i = 0; i < out.count; i++) {
        uint32_t edge = out.edges[i];
        if (flow->edges[edge].kind == FLOW_EDGE_LANDING)
            continue;
        known &= edge_counts_known(&c->edges, edge);
        total += edge_counts_get(&c->edges, edge);
        if (flow->edges[edge].kind != FLOW_EDGE_FALL)
            taken += edge_counts_get(&c->edges, edge);
    }
    if (known) {
        c->lines[slot].branches += total;
        c->lines[slot].taken += taken;
    } else {
        c->lines[slot].ways_unknown += c->end[block];
    }
}

size_t hits_compute(struct hits_plan *plan, const struct hits_counts *counts,
                    struct hits_line **ret)
{
    struct computing c = {.plan = plan, .counts = counts};
    c.lines = mem_alloc_array(plan->lines.slot_count + 1u, sizeof *c.lines);
    derive_counts(&c);
    add_instructions(&c);
    for (uint32_t block = 0; block < plan->flow->block_count; block++) {
        const struct block_line_list *list = &plan->lines.blocks[block];
        for (uint32_t i = list->first; i < list->first + list->count; i++)
            add_hits(&c, block, &plan->lines.runs[i]);
        add_branch(&c, block);
    }
    for (uint32_t slot = 0; slot < plan->lines.slot_count; slot++) {
        c.lines[slot].line = plan->lines.line_of_slot[slot];
        c.lines[slot].notes = plan->notes[slot];
    }
    edge_counts_deinit(&c.edges);
    free(c.start);
    free(c.end);
    free(c.end_known);
    *ret = c.lines;
    return plan->lines.slot_count;
}
