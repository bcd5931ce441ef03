#include "code/dominators.h"

#include <stdlib.h>

#include "base/mem.h"

/** A node being walked, and how many of its edges were taken. */
struct walk_step {
    uint32_t node;
    uint32_t taken;
};

/** Number the nodes in reverse postorder, filling `order` from its end. */
static void walk(struct dominators *dom, const struct graph *graph, uint32_t entry)
{
    struct walk_step *stack = mem_alloc_array(graph->node_count, sizeof *stack);
    uint32_t depth = 1, free_slot = graph->node_count;
    const uint32_t on_stack = DOMINATORS_UNREACHED - 1;
    stack[0] = (struct walk_step){entry, 0};
    dom->number[entry] = on_stack;
    while (depth > 0) {
        struct walk_step *top = &stack[depth - 1];
        struct graph_span out = graph_out(graph, top->node);
        if (top->taken == out.count) {
            dom->order[--free_slot] = top->node;
            depth--;
            continue;
        }
        uint32_t next = graph->edges[out.edges[top->taken++]].to;
        if (dom->number[next] != DOMINATORS_UNREACHED)
            continue;
        dom->number[next] = on_stack;
        stack[depth++] = (struct walk_step){next, 0};
    }
    dom->count = graph->node_count - free_slot;
    for (uint32_t i = 0; i < dom->count; i++) {
        dom->order[i] = dom->order[free_slot + i];
        dom->number[dom->order[i]] = i;
    }
    free(stack);
}

/** The nearest node that dominates both; both have a parent by now. */
static uint32_t common_dominator(const struct dominators *dom, uint32_t a, uint32_t b)
{
    while (a != b) {
        while (dom->number[a] > dom->number[b])
            a = dom->parent[a];
        while (dom->number[b] > dom->number[a])
            b = dom->parent[b];
    }
    return a;
}

/** The common dominator of all predecessors that have a parent already. */
static uint32_t dominator_of(const struct dominators *dom, const struct graph *graph, uint32_t node)
{
    uint32_t found = DOMINATORS_UNREACHED;
    struct graph_span in = graph_in(graph, node);
    for (uint32_t i = 0; i < in.count; i++) {
        uint32_t from = graph->edges[in.edges[i]].from;
        if (dom->parent[from] == DOMINATORS_UNREACHED)
            continue;
        found = found == DOMINATORS_UNREACHED ? from : common_dominator(dom, found, from);
    }
    return found;
}

void dominators_init(struct dominators *ret, const struct graph *graph, uint32_t entry)
{
    ret->order = mem_alloc_array(graph->node_count, sizeof *ret->order);
    ret->number = mem_alloc_array(graph->node_count, sizeof *ret->number);
    ret->parent = mem_alloc_array(graph->node_count, sizeof *ret->parent);
    for (uint32_t i = 0; i < graph->node_count; i++)
        ret->number[i] = ret->parent[i] = DOMINATORS_UNREACHED;
    walk(ret, graph, entry);
    ret->parent[entry] = entry;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 1; i < ret->count; i++) {
            uint32_t node = ret->order[i];
            uint32_t parent = dominator_of(ret, graph, node);
            changed |= parent != ret->parent[node];
            ret->parent[node] = parent;
        }
    }
}

void dominators_deinit(struct dominators *dominators)
{
    free(dominators->order);
    free(dominators->number);
    free(dominators->parent);
    *dominators = (struct dominators){0};
}

bool dominators_reached(const struct dominators *dominators, uint32_t node)
{
    return dominators->number[node] != DOMINATORS_UNREACHED;
}

bool dominators_dominates(const struct dominators *dominators, uint32_t upper, uint32_t lower)
{
    if (!dominators_reached(dominators, upper) || !dominators_reached(dominators, lower))
        return false;
    while (dominators->number[lower] > dominators->number[upper])
        lower = dominators->parent[lower];
    return lower == upper;
}

bool dominators_retreats(const struct dominators *dominators, struct graph_edge edge)
{
    return dominators_reached(dominators, edge.from) &&
           dominators->number[edge.to] <= dominators->number[edge.from];
}
