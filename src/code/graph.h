/**
 * @file
 * A directed graph with numbered nodes and edges; parallel edges and self loops are allowed.
 *
 * Add all edges, then call graph_finish() once; from then on the edges of a node can be walked, those
 * to (or from) lower numbered nodes first.
 */
#ifndef LPROF_CODE_GRAPH_H
#define LPROF_CODE_GRAPH_H

#include <stddef.h>
#include <stdint.h>

struct graph_edge {
    uint32_t from;
    uint32_t to;
};

struct graph {
    uint32_t node_count;
    uint32_t edge_count;
    struct graph_edge *edges;
    size_t capacity;
    uint32_t *out_start; ///< Per node, where its part of `out` starts; one more at the end.
    uint32_t *out;       ///< Edge numbers, by source, then by destination.
    uint32_t *in_start;
    uint32_t *in; ///< Edge numbers, by destination, then by source.
};

/** Some edge numbers of a graph. */
struct graph_span {
    const uint32_t *edges;
    uint32_t count;
};

/** A graph without edges. */
void graph_init(struct graph *graph, uint32_t node_count);

/** Free what it holds; a zeroed struct is allowed. */
void graph_deinit(struct graph *graph);

/** Add an edge. @return Its number: edges are numbered from 0 in the order they are added. */
uint32_t graph_add(struct graph *graph, uint32_t from, uint32_t to);

/** Make the edges walkable by node. No edge may be added afterwards. */
void graph_finish(struct graph *graph);

/** The edges that leave a node. */
struct graph_span graph_out(const struct graph *graph, uint32_t node);

/** The edges that enter a node. */
struct graph_span graph_in(const struct graph *graph, uint32_t node);

#endif
