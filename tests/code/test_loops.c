#include "code/loops.h"

#include "support/test.h"

/** A graph with its loops. */
struct looped {
    struct graph graph;
    struct dominators dominators;
    struct loops loops;
};

static struct looped make(uint32_t nodes, const struct graph_edge *edges, size_t count)
{
    struct looped made;
    graph_init(&made.graph, nodes);
    for (size_t i = 0; i < count; i++)
        graph_add(&made.graph, edges[i].from, edges[i].to);
    graph_finish(&made.graph);
    dominators_init(&made.dominators, &made.graph, 0);
    loops_init(&made.loops, &made.graph, &made.dominators);
    return made;
}

static void destroy(struct looped *looped)
{
    loops_deinit(&looped->loops);
    dominators_deinit(&looped->dominators);
    graph_deinit(&looped->graph);
}

#define MAKE(nodes, ...)                                                                           \
    make(nodes, (const struct graph_edge[]){__VA_ARGS__},                                          \
         sizeof((const struct graph_edge[]){__VA_ARGS__}) / sizeof(struct graph_edge))

LP_TEST(loops, nested_loops_with_one_entry_each)
{
    // 1 heads the outer loop, 2 the inner one.
    struct looped it = MAKE(6, {0, 1}, {1, 2}, {2, 3}, {3, 2}, {3, 4}, {4, 1}, {1, 5});
    cr_assert_eq(it.loops.count, 2);
    const struct loop *outer = &it.loops.loops[it.loops.headed[1]];
    const struct loop *inner = &it.loops.loops[it.loops.headed[2]];
    cr_assert(outer->natural && inner->natural);
    cr_assert_eq(outer->size, 4);
    cr_assert_eq(inner->size, 2);
    cr_assert(loops_holds(outer, 4) && !loops_holds(outer, 0) && !loops_holds(outer, 5));
    cr_assert_eq(it.loops.depth[3], 2);
    cr_assert_eq(it.loops.depth[4], 1);
    cr_assert_eq(it.loops.depth[5], 0);
    cr_assert_eq(it.loops.smallest[3], it.loops.headed[2]);
    cr_assert_eq(it.loops.smallest[4], it.loops.headed[1]);
    cr_assert(it.loops.back_edge[3] && it.loops.back_edge[5] && !it.loops.back_edge[1]);
    destroy(&it);
}

LP_TEST(loops, a_node_that_leads_to_itself)
{
    struct looped it = MAKE(3, {0, 1}, {1, 1}, {1, 2});
    cr_assert_eq(it.loops.count, 1);
    cr_assert_eq(it.loops.loops[0].header, 1);
    cr_assert_eq(it.loops.loops[0].size, 1);
    destroy(&it);
}

LP_TEST(loops, no_loop_where_two_ways_meet)
{
    struct looped it = MAKE(4, {0, 1}, {0, 2}, {1, 3}, {2, 3});
    cr_assert_eq(it.loops.count, 0);
    cr_assert_eq(it.loops.smallest[3], LOOPS_NONE);
    destroy(&it);
}

LP_TEST(loops, a_loop_with_two_entries_leaves_out_what_comes_before_it)
{
    // 2 and 3 go round and are both entered from 1; 0 and 1 run once.
    struct looped it = MAKE(5, {0, 1}, {1, 2}, {1, 3}, {2, 3}, {3, 2}, {3, 4});
    cr_assert_eq(it.loops.count, 1);
    cr_assert_eq(it.loops.loops[0].header, 2);
    cr_assert(!it.loops.loops[0].natural);
    cr_assert_eq(it.loops.loops[0].size, 2);
    cr_assert(!loops_holds(&it.loops.loops[0], 1));
    destroy(&it);
}
