#include "code/loops.h"

#include <stdlib.h>

#include "base/mem.h"
#include "code/bitset.h"

/** Where nodes are collected: what was found, and what is still to be walked from. */
struct gather {
    uint64_t *found;
    uint32_t *stack;
    uint32_t depth;
};

static void gather_add(struct gather *gather, uint32_t node)
{
    if (bitset_has(gather->found, node))
        return;
    bitset_add(gather->found, node);
    gather->stack[gather->depth++] = node;
}

/** All nodes that a way from the header leads to. */
static void gather_below(struct gather *gather, const struct graph *graph, uint32_t header)
{
    gather_add(gather, header);
    while (gather->depth > 0) {
        struct graph_span out = graph_out(graph, gather->stack[--gather->depth]);
        for (uint32_t i = 0; i < out.count; i++)
            gather_add(gather, graph->edges[out.edges[i]].to);
    }
}

/** All nodes of `within` from which a way leads to a back edge of the header, not through it. */
static void gather_members(struct gather *gather, const struct graph *graph, const bool *back_edge,
                           uint32_t header, const uint64_t *within)
{
    bitset_add(gather->found, header);
    struct graph_span in = graph_in(graph, header);
    for (uint32_t i = 0; i < in.count; i++)
        if (back_edge[in.edges[i]])
            gather_add(gather, graph->edges[in.edges[i]].from);
    while (gather->depth > 0) {
        in = graph_in(graph, gather->stack[--gather->depth]);
        for (uint32_t i = 0; i < in.count; i++) {
            uint32_t from = graph->edges[in.edges[i]].from;
            if (bitset_has(within, from))
                gather_add(gather, from);
        }
    }
}

static bool has_back_edge(const struct loops *loops, const struct graph *graph, uint32_t node)
{
    struct graph_span in = graph_in(graph, node);
    for (uint32_t i = 0; i < in.count; i++)
        if (loops->back_edge[in.edges[i]])
            return true;
    return false;
}

/** Fill in a loop whose header is set. */
static void collect(struct loop *loop, const struct loops *loops, const struct graph *graph,
                    const struct dominators *dom, uint32_t *stack)
{
    size_t words = bitset_words(graph->node_count);
    struct gather below = {.found = mem_alloc_array(words, sizeof(uint64_t)), .stack = stack};
    gather_below(&below, graph, loop->header);
    struct gather members = {.found = mem_alloc_array(words, sizeof(uint64_t)), .stack = stack};
    gather_members(&members, graph, loops->back_edge, loop->header, below.found);
    free(below.found);
    loop->members = members.found;
    loop->natural = true;
    for (uint32_t node = 0; node < graph->node_count; node++) {
        if (!bitset_has(loop->members, node))
            continue;
        loop->size++;
        loop->natural &= dominators_dominates(dom, loop->header, node);
    }
}

/** Note the loop on each of its nodes. */
static void mark_members(struct loops *loops, uint32_t number, uint32_t node_count)
{
    const struct loop *loop = &loops->loops[number];
    loops->headed[loop->header] = number;
    for (uint32_t node = 0; node < node_count; node++) {
        if (!bitset_has(loop->members, node))
            continue;
        loops->depth[node]++;
        uint32_t known = loops->smallest[node];
        if (known == LOOPS_NONE || loop->size < loops->loops[known].size)
            loops->smallest[node] = number;
    }
}

void loops_init(struct loops *ret, const struct graph *graph, const struct dominators *dominators)
{
    *ret = (struct loops){0};
    ret->back_edge = mem_alloc_array(graph->edge_count + 1u, sizeof *ret->back_edge);
    ret->headed = mem_alloc_array(graph->node_count, sizeof *ret->headed);
    ret->depth = mem_alloc_array(graph->node_count, sizeof *ret->depth);
    ret->smallest = mem_alloc_array(graph->node_count, sizeof *ret->smallest);
    for (uint32_t i = 0; i < graph->edge_count; i++)
        ret->back_edge[i] = dominators_retreats(dominators, graph->edges[i]);
    for (uint32_t i = 0; i < graph->node_count; i++)
        ret->headed[i] = ret->smallest[i] = LOOPS_NONE;
    uint32_t *stack = mem_alloc_array(graph->node_count, sizeof *stack);
    size_t capacity = 0;
    for (uint32_t i = 0; i < dominators->count; i++) {
        if (!has_back_edge(ret, graph, dominators->order[i]))
            continue;
        ret->loops = mem_grow(ret->loops, &capacity, ret->count, sizeof *ret->loops);
        ret->loops[ret->count] = (struct loop){.header = dominators->order[i]};
        collect(&ret->loops[ret->count], ret, graph, dominators, stack);
        mark_members(ret, ret->count++, graph->node_count);
    }
    free(stack);
}

void loops_deinit(struct loops *loops)
{
    for (uint32_t i = 0; i < loops->count; i++)
        free(loops->loops[i].members);
    free(loops->loops);
    free(loops->back_edge);
    free(loops->headed);
    free(loops->depth);
    free(loops->smallest);
    *loops = (struct loops){0};
}

bool loops_holds(const struct loop *loop, uint32_t node)
{
    return bitset_has(loop->members, node);
}
