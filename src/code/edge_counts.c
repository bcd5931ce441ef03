#include "code/edge_counts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define UNSET UINT32_MAX

/** One side of an equation: the sum of what is known, and what is not. */
struct side {
    uint64_t sum;
    uint32_t unknown;       ///< The last unknown met.
    uint32_t unknown_count; ///< How many different ones.
};

void edge_counts_init(struct edge_counts *ret, const struct flow *flow)
{
    const struct graph *graph = &flow->graph;
    uint32_t *landing_of = mem_alloc_array(graph->node_count, sizeof *landing_of);
    for (uint32_t i = 0; i < graph->node_count; i++)
        landing_of[i] = UNSET;
    *ret = (struct edge_counts){0};
    ret->unknown_of = mem_alloc_array(graph->edge_count + 1u, sizeof *ret->unknown_of);
    for (uint32_t edge = 0; edge < graph->edge_count; edge++) {
        uint32_t *shared = &landing_of[graph->edges[edge].to];
        bool landing = flow->edges[edge].kind == FLOW_EDGE_LANDING;
        ret->unknown_of[edge] = landing && *shared != UNSET ? *shared : ret->count++;
        if (landing)
            *shared = ret->unknown_of[edge];
    }
    free(landing_of);
    ret->known = mem_alloc_array(ret->count + 1u, sizeof *ret->known);
    ret->value = mem_alloc_array(ret->count + 1u, sizeof *ret->value);
}

void edge_counts_deinit(struct edge_counts *counts)
{
    free(counts->unknown_of);
    free(counts->known);
    free(counts->value);
    *counts = (struct edge_counts){0};
}

void edge_counts_reset(struct edge_counts *counts)
{
    memset(counts->known, 0, counts->count * sizeof *counts->known);
    memset(counts->value, 0, counts->count * sizeof *counts->value);
}

void edge_counts_set(struct edge_counts *counts, uint32_t edge, uint64_t value)
{
    counts->known[counts->unknown_of[edge]] = true;
    counts->value[counts->unknown_of[edge]] = value;
}

bool edge_counts_known(const struct edge_counts *counts, uint32_t edge)
{
    return counts->known[counts->unknown_of[edge]];
}

uint64_t edge_counts_get(const struct edge_counts *counts, uint32_t edge)
{
    return counts->value[counts->unknown_of[edge]];
}

/** Add up edges. Landings are counted at the pad, once, and never where they leave. */
static struct side add_up(const struct edge_counts *counts, const struct flow *flow,
                          struct graph_span edges, bool entering)
{
    struct side side = {.unknown = UNSET};
    bool landed = false;
    for (uint32_t i = 0; i < edges.count; i++) {
        bool landing = flow->edges[edges.edges[i]].kind == FLOW_EDGE_LANDING;
        if (landing && (!entering || landed))
            continue;
        landed |= landing;
        uint32_t unknown = counts->unknown_of[edges.edges[i]];
        if (counts->known[unknown]) {
            side.sum += counts->value[unknown];
        } else {
            side.unknown = unknown;
            side.unknown_count++;
        }
    }
    return side;
}

/** Give the one unknown of a side what is missing to `total`. Returns whether there was one. */
static bool settle(struct edge_counts *counts, const struct side *side, uint64_t total)
{
    if (side->unknown_count != 1)
        return false;
    counts->known[side->unknown] = true;
    counts->value[side->unknown] = total > side->sum ? total - side->sum : 0;
    return true;
}

/** What enters the hub leaves it. */
static bool solve_hub(struct edge_counts *counts, const struct flow *flow)
{
    struct side in = add_up(counts, flow, graph_in(&flow->graph, flow->hub), true);
    struct side out = add_up(counts, flow, graph_out(&flow->graph, flow->hub), false);
    if (in.unknown_count == 0)
        return settle(counts, &out, in.sum);
    return out.unknown_count == 0 && settle(counts, &in, out.sum);
}

void edge_counts_solve(struct edge_counts *counts, const struct flow *flow,
                       const struct block_counts *blocks)
{
    for (bool changed = true; changed;) {
        changed = solve_hub(counts, flow);
        for (uint32_t block = 0; block < flow->block_count; block++) {
            struct side in = add_up(counts, flow, graph_in(&flow->graph, block), true);
            changed |= settle(counts, &in, blocks->start[block]);
            if (!blocks->end_known[block])
                continue;
            struct side out = add_up(counts, flow, graph_out(&flow->graph, block), false);
            changed |= settle(counts, &out, blocks->end[block]);
        }
    }
}
