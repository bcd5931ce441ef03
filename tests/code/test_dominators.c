#include "code/dominators.h"

#include "support/test.h"

static struct graph make(uint32_t nodes, const struct graph_edge *edges, size_t count)
{
    struct graph graph;
    graph_init(&graph, nodes);
    for (size_t i = 0; i < count; i++)
        graph_add(&graph, edges[i].from, edges[i].to);
    graph_finish(&graph);
    return graph;
}

#define MAKE(nodes, ...)                                                                           \
    make(nodes, (const struct graph_edge[]){__VA_ARGS__},                                          \
         sizeof((const struct graph_edge[]){__VA_ARGS__}) / sizeof(struct graph_edge))

LP_TEST(dominators, the_join_of_two_branches_is_dominated_by_the_test)
{
    struct graph graph = MAKE(5, {0, 1}, {0, 2}, {1, 3}, {2, 3}, {3, 4});
    struct dominators dom;
    dominators_init(&dom, &graph, 0);
    cr_assert_eq(dom.parent[3], 0);
    cr_assert_eq(dom.parent[4], 3);
    cr_assert(dominators_dominates(&dom, 0, 4));
    cr_assert(!dominators_dominates(&dom, 1, 3));
    cr_assert(dominators_dominates(&dom, 2, 2));
    dominators_deinit(&dom);
    graph_deinit(&graph);
}

LP_TEST(dominators, a_node_that_nothing_leads_to_takes_no_part)
{
    struct graph graph = MAKE(4, {0, 1}, {2, 1}, {1, 3});
    struct dominators dom;
    dominators_init(&dom, &graph, 0);
    cr_assert_eq(dom.count, 3);
    cr_assert(!dominators_reached(&dom, 2));
    cr_assert(!dominators_dominates(&dom, 2, 2));
    cr_assert_eq(dom.parent[1], 0);
    cr_assert(!dominators_retreats(&dom, (struct graph_edge){2, 1}));
    dominators_deinit(&dom);
    graph_deinit(&graph);
}

LP_TEST(dominators, the_walk_takes_lower_nodes_first)
{
    // A loop entered at 1 and at 2: which edge retreats is a matter of the order of the walk.
    struct graph graph = MAKE(4, {0, 2}, {0, 1}, {2, 1}, {1, 2}, {2, 3});
    struct dominators dom;
    dominators_init(&dom, &graph, 0);
    cr_assert(dominators_retreats(&dom, (struct graph_edge){2, 1}));
    cr_assert(!dominators_retreats(&dom, (struct graph_edge){1, 2}));
    cr_assert_eq(dom.parent[1], 0);
    cr_assert_eq(dom.parent[2], 0);
    dominators_deinit(&dom);
    graph_deinit(&graph);
}

/** Whether a way leads from `from` to `to` that does not pass `barred`. */
static bool leads(const struct graph *graph, uint32_t from, uint32_t to, uint32_t barred,
                  bool *visited)
{
    if (from == barred || visited[from])
        return false;
    visited[from] = true;
    struct graph_span out = graph_out(graph, from);
    for (uint32_t i = 0; i < out.count; i++)
        if (leads(graph, graph->edges[out.edges[i]].to, to, barred, visited))
            return true;
    return from == to;
}

LP_TEST(dominators, agree_with_the_definition_on_random_graphs)
{
    enum { NODES = 12 };
    uint32_t seed = 1;
    for (int round = 0; round < 300; round++) {
        struct graph graph;
        graph_init(&graph, NODES);
        for (int i = 0; i < NODES + round % NODES; i++) {
            seed = seed * 1103515245 + 12345;
            graph_add(&graph, (seed >> 16) % NODES, (seed >> 8) % NODES);
        }
        graph_finish(&graph);
        struct dominators dom;
        dominators_init(&dom, &graph, 0);
        for (uint32_t a = 0; a < NODES; a++)
            for (uint32_t b = 0; b < NODES; b++) {
                bool any[NODES] = {0}, around[NODES] = {0};
                bool reached = leads(&graph, 0, b, NODES, any);
                bool truth = reached && (a == b || !leads(&graph, 0, b, a, around));
                cr_assert_eq(dominators_dominates(&dom, a, b), truth);
            }
        for (uint32_t e = 0; e < graph.edge_count; e++)
            if (dominators_dominates(&dom, graph.edges[e].to, graph.edges[e].from))
                cr_assert(dominators_retreats(&dom, graph.edges[e]));
        dominators_deinit(&dom);
        graph_deinit(&graph);
    }
}
