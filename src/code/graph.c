#include "code/graph.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void graph_init(struct graph *graph, uint32_t node_count)
{
    *graph = (struct graph){.node_count = node_count};
}

void graph_deinit(struct graph *graph)
{
    free(graph->edges);
    free(graph->out_start);
    free(graph->out);
    free(graph->in_start);
    free(graph->in);
    *graph = (struct graph){0};
}

uint32_t graph_add(struct graph *graph, uint32_t from, uint32_t to)
{
    graph->edges =
        mem_grow(graph->edges, &graph->capacity, graph->edge_count, sizeof *graph->edges);
    graph->edges[graph->edge_count] = (struct graph_edge){from, to};
    return graph->edge_count++;
}

/** One end of an edge. */
static uint32_t edge_end(const struct graph *graph, uint32_t edge, bool source)
{
    return source ? graph->edges[edge].from : graph->edges[edge].to;
}

/**
 * A counting sort of `order` by one end of the edges. It is stable, so sorting by one end and then by
 * the other leaves each node's edges ordered by the far end.
 */
static void sort_by(const struct graph *graph, bool source, const uint32_t *order, uint32_t *start,
                    uint32_t *sorted)
{
    memset(start, 0, (graph->node_count + 1u) * sizeof *start);
    for (uint32_t i = 0; i < graph->edge_count; i++)
        start[edge_end(graph, i, source) + 1]++;
    for (uint32_t i = 0; i < graph->node_count; i++)
        start[i + 1] += start[i];
    uint32_t *next = mem_dup(start, (graph->node_count + 1u) * sizeof *start);
    for (uint32_t i = 0; i < graph->edge_count; i++)
        sorted[next[edge_end(graph, order[i], source)]++] = order[i];
    free(next);
}

void graph_finish(struct graph *graph)
{
    size_t nodes = graph->node_count + 1u;
    graph->out_start = mem_alloc_array(nodes, sizeof(uint32_t));
    graph->in_start = mem_alloc_array(nodes, sizeof(uint32_t));
    graph->out = mem_alloc_array(graph->edge_count + 1u, sizeof(uint32_t));
    graph->in = mem_alloc_array(graph->edge_count + 1u, sizeof(uint32_t));
    uint32_t *order = mem_alloc_array(graph->edge_count + 1u, sizeof(uint32_t));
    for (uint32_t i = 0; i < graph->edge_count; i++)
        order[i] = i;
    sort_by(graph, true, order, graph->out_start, graph->out);
    sort_by(graph, false, graph->out, graph->in_start, graph->in);
    memcpy(order, graph->in, graph->edge_count * sizeof *order);
    sort_by(graph, true, order, graph->out_start, graph->out);
    free(order);
}

struct graph_span graph_out(const struct graph *graph, uint32_t node)
{
    uint32_t start = graph->out_start[node];
    return (struct graph_span){graph->out + start, graph->out_start[node + 1] - start};
}

struct graph_span graph_in(const struct graph *graph, uint32_t node)
{
    uint32_t start = graph->in_start[node];
    return (struct graph_span){graph->in + start, graph->in_start[node + 1] - start};
}
