/*
 * A line of a block needs edge counts where it is done on some of the ways into the block and not on
 * others: either all of the ones or all of the others must be known. The cheaper group is counted, as
 * far as the equations do not give it; what was chosen for one line often settles others, so lines that
 * need one edge are served first.
 */
#include "code/counter_points.h"

#include <stdlib.h>

#include "base/mem.h"

/** Weight of an edge per loop it is in: a guess of how often a loop goes round. */
#define LOOP_WEIGHT 8
#define LOOP_DEPTH_MAX 6

struct planning {
    const struct counter_input *input;
    struct counter_points *points;
    struct edge_counts counts;
    struct block_counts blocks;
    uint64_t *zeros;
    bool *end_known;
    size_t edge_capacity;
};

/** What is not known of one group of in-edges. */
struct group {
    uint32_t unknown_count;
    uint64_t weight;
};

/** The line that is running when an instruction has run. */
static uint32_t running_slot(const struct counter_input *input, uint32_t block, uint32_t insn)
{
    for (uint32_t i = insn + 1; i > input->flow->blocks[block].first; i--)
        if (input->lines->slot_of_insn[i - 1] != BLOCK_LINES_NONE)
            return input->lines->slot_of_insn[i - 1];
    return BLOCK_LINES_NONE;
}

/** Whether a call splits its block. */
static bool splits_behind(const struct counter_input *input, uint32_t block, uint32_t call)
{
    const struct flow *flow = input->flow;
    uint64_t behind = flow->insns[call].insn.addr + flow->insns[call].insn.size;
    uint32_t running = running_slot(input, block, call);
    bool other_line = false;
    for (uint32_t i = call + 1; i < flow->blocks[block].end; i++) {
        uint32_t slot = input->lines->slot_of_insn[i];
        other_line |= slot != BLOCK_LINES_NONE && slot != running;
        if (flow->insns[i].insn.kind != INSN_CALL)
            continue;
        bool room = flow->insns[i].insn.addr - behind > 1;
        return other_line && room;
    }
    return other_line;
}

static void make_parts(struct counter_points *points, const struct counter_input *input)
{
    const struct flow *flow = input->flow;
    size_t capacity = 0;
    points->first_part = mem_alloc_array(flow->block_count + 1u, sizeof *points->first_part);
    for (uint32_t block = 0; block < flow->block_count; block++) {
        points->first_part[block] = points->part_count;
        uint32_t first = flow->blocks[block].first, end = flow->blocks[block].end;
        for (uint32_t i = first; i < end; i++) {
            bool split = flow->insns[i].insn.kind == INSN_CALL && splits_behind(input, block, i);
            if (!split && i + 1 < end)
                continue;
            points->parts =
                mem_grow(points->parts, &capacity, points->part_count, sizeof *points->parts);
            points->parts[points->part_count++] = (struct counter_part){block, first, i + 1};
            first = i + 1;
        }
    }
    points->first_part[flow->block_count] = points->part_count;
}

uint32_t counter_points_part_of(const struct counter_points *points, const struct flow *flow,
                                uint32_t insn)
{
    uint32_t part = points->first_part[flow->insns[insn].block];
    while (points->parts[part].end <= insn)
        part++;
    return part;
}

bool counter_points_end_known(const struct counter_points *points, const struct flow *flow,
                              uint32_t block)
{
    const struct counter_part *last = &points->parts[points->first_part[block + 1] - 1];
    for (uint32_t i = last->first; i < last->end; i++)
        if (flow->insns[i].insn.kind == INSN_CALL)
            return false;
    return true;
}

/** How dear it is to count an edge. */
static uint64_t edge_weight(const struct planning *p, uint32_t edge)
{
    struct graph_edge ends = p->input->flow->graph.edges[edge];
    uint32_t from = p->input->loops->depth[ends.from], to = p->input->loops->depth[ends.to];
    uint32_t depth = from < to ? from : to;
    uint64_t weight = 1;
    for (uint32_t i = 0; i < depth && i < LOOP_DEPTH_MAX; i++)
        weight *= LOOP_WEIGHT;
    return weight;
}

/** Give an edge a counter. */
static void choose(struct planning *p, uint32_t edge)
{
    struct counter_points *points = p->points;
    points->edges =
        mem_grow(points->edges, &p->edge_capacity, points->edge_count, sizeof *points->edges);
    points->edges[points->edge_count++] = edge;
    edge_counts_set(&p->counts, edge, 0);
}

/** What is not known of the edges into a block on which a line is done, or is not done. */
static struct group measure(const struct planning *p, uint32_t block, uint32_t slot, bool done)
{
    struct group group = {0};
    struct graph_span in = graph_in(&p->input->flow->graph, block);
    for (uint32_t i = 0; i < in.count; i++) {
        uint32_t edge = in.edges[i];
        if (passes_done_on_edge(p->input->passes, edge, slot) != done ||
            edge_counts_known(&p->counts, edge))
            continue;
        group.unknown_count++;
        group.weight += edge_weight(p, edge);
    }
    return group;
}

/** See to it that the hits of one line in one block can be computed. */
static void serve_line(struct planning *p, uint32_t block, uint32_t slot, uint32_t limit)
{
    struct group done = measure(p, block, slot, true);
    struct group fresh = measure(p, block, slot, false);
    if (done.unknown_count == 0 || fresh.unknown_count == 0)
        return;
    bool take_done = done.weight < fresh.weight;
    if ((take_done ? done : fresh).unknown_count > limit)
        return;
    struct graph_span in = graph_in(&p->input->flow->graph, block);
    for (uint32_t i = 0; i < in.count; i++) {
        uint32_t edge = in.edges[i];
        if (passes_done_on_edge(p->input->passes, edge, slot) == take_done &&
            !edge_counts_known(&p->counts, edge))
            choose(p, edge);
    }
    edge_counts_solve(&p->counts, p->input->flow, &p->blocks);
}

static void serve_lines(struct planning *p, uint32_t limit)
{
    const struct block_lines *lines = p->input->lines;
    for (uint32_t block = 0; block < p->input->flow->block_count; block++) {
        const struct block_line_list *list = &lines->blocks[block];
        for (uint32_t i = list->first; i < list->first + list->count; i++)
            if (!passes_done(p->input->passes, block, lines->runs[i].slot))
                serve_line(p, block, lines->runs[i].slot, limit);
    }
}

/** See to it that one way of every branch is known: falling through, or the other one. */
static void serve_branches(struct planning *p, bool falling)
{
    const struct flow *flow = p->input->flow;
    for (uint32_t edge = 0; edge < flow->graph.edge_count; edge++) {
        uint32_t insn = flow->edges[edge].insn;
        bool branch = insn != FLOW_NONE && flow->insns[insn].insn.kind == INSN_BRANCH;
        bool falls = flow->edges[edge].kind == FLOW_EDGE_FALL;
        if (!branch || falls != falling || edge_counts_known(&p->counts, edge))
            continue;
        choose(p, edge);
        edge_counts_solve(&p->counts, flow, &p->blocks);
    }
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void choose_edges(struct counter_points *points, const struct counter_input *input)
{
    const struct flow *flow = input->flow;
    struct planning p = {.input = input, .points = points};
    p.zeros = mem_alloc_array(flow->block_count + 1u, sizeof *p.zeros);
    p.end_known = mem_alloc_array(flow->block_count + 1u, sizeof *p.end_known);
    for (uint32_t block = 0; block < flow->block_count; block++)
        p.end_known[block] = counter_points_end_known(points, flow, block);
    p.blocks = (struct block_counts){p.zeros, p.zeros, p.end_known};
    edge_counts_init(&p.counts, flow);
    edge_counts_solve(&p.counts, flow, &p.blocks);
    serve_lines(&p, 1);
    serve_lines(&p, UINT32_MAX);
    if (input->branches) {
        serve_branches(&p, true); // Costs no jump, and mostly gives the other way as well.
        serve_branches(&p, false);
    }
    if (points->edge_count > 0)
        qsort(points->edges, points->edge_count, sizeof *points->edges, compare_numbers);
    edge_counts_deinit(&p.counts);
    free(p.zeros);
    free(p.end_known);
}

void counter_points_init(struct counter_points *ret, const struct counter_input *input)
{
    *ret = (struct counter_points){0};
    make_parts(ret, input);
    choose_edges(ret, input);
}

void counter_points_deinit(struct counter_points *points)
{
    free(points->parts);
    free(points->first_part);
    free(points->edges);
    *points = (struct counter_points){0};
}
