/*
 * A forward data flow problem over sets of lines: the set at a node is what all its edges agree on.
 * Sets start full ("not known yet") and shrink until nothing changes, so ways round a loop do not take
 * away what the way into it brings. A node that nothing leads to starts with nothing done.
 */
#include "code/passes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "code/bitset.h"

struct solving {
    struct passes *passes;
    const struct flow *flow;
    const struct block_lines *lines;
    const struct dominators *dominators;
    const struct loops *loops;
    uint64_t *loop_lines; ///< Per loop, the slots with an instruction in it.
};

static uint64_t *node_set(const struct passes *passes, uint32_t node)
{
    return passes->done_at_node + node * passes->words;
}

static uint64_t *edge_set(const struct passes *passes, uint32_t edge)
{
    return passes->done_on_edge + edge * passes->words;
}

/** The slots with an instruction in each loop; those of transparent jumps are among them. */
static void find_loop_lines(struct solving *s)
{
    size_t words = s->passes->words;
    s->loop_lines = mem_alloc_array(s->loops->count * words + 1, sizeof *s->loop_lines);
    for (uint32_t number = 0; number < s->loops->count; number++) {
        for (uint32_t block = 0; block < s->flow->block_count; block++) {
            if (!loops_holds(&s->loops->loops[number], block))
                continue;
            for (uint32_t i = s->flow->blocks[block].first; i < s->flow->blocks[block].end; i++)
                if (s->lines->slot_of_insn[i] != BLOCK_LINES_NONE)
                    bitset_add(s->loop_lines + number * words, s->lines->slot_of_insn[i]);
        }
    }
}

/** Add to a set what runs in the source of an edge before control leaves along it. */
static void add_run(const struct solving *s, uint32_t edge, uint64_t *set)
{
    uint32_t block = s->flow->graph.edges[edge].from;
    if (block >= s->flow->block_count)
        return;
    const struct flow_edge *way = &s->flow->edges[edge];
    const struct block_line_list *list = &s->lines->blocks[block];
    for (uint32_t i = list->first; i < list->first + list->count; i++)
        if (way->kind != FLOW_EDGE_LANDING || s->lines->runs[i].first <= way->insn)
            bitset_add(set, s->lines->runs[i].slot);
}

/** The line that control enters a loop in the middle of, or BLOCK_LINES_NONE. */
static uint32_t continued_slot(const struct solving *s, uint32_t number)
{
    struct graph_edge edge = s->flow->graph.edges[number];
    if (edge.from >= s->flow->block_count || edge.to >= s->flow->block_count)
        return BLOCK_LINES_NONE;
    const struct flow_edge *way = &s->flow->edges[number];
    uint32_t running = way->kind == FLOW_EDGE_LANDING ? s->lines->slot_of_insn[way->insn]
                                                      : s->lines->blocks[edge.from].last_slot;
    return running == block_lines_first(s->lines, edge.to) ? running : BLOCK_LINES_NONE;
}

/** Take from a set the lines that an edge starts afresh. */
static void start_afresh(const struct solving *s, uint32_t number, uint64_t *set)
{
    struct graph_edge edge = s->flow->graph.edges[number];
    uint32_t headed = s->loops->headed[edge.to];
    if (headed == LOOPS_NONE)
        return;
    bool around = s->loops->back_edge[number];
    if (!around && loops_holds(&s->loops->loops[headed], edge.from))
        return;
    uint32_t kept = around ? BLOCK_LINES_NONE : continued_slot(s, number);
    bool keep = kept != BLOCK_LINES_NONE && bitset_has(set, kept);
    const uint64_t *fresh = s->loop_lines + headed * s->passes->words;
    for (size_t i = 0; i < s->passes->words; i++)
        set[i] &= ~fresh[i];
    if (keep)
        bitset_add(set, kept);
}

/** Compute the set of an edge from that of its source. */
static void follow(const struct solving *s, uint32_t edge)
{
    uint64_t *set = edge_set(s->passes, edge);
    memcpy(set, node_set(s->passes, s->flow->graph.edges[edge].from),
           s->passes->words * sizeof *set);
    add_run(s, edge, set);
    start_afresh(s, edge, set);
}

/** Compute the set of a node from those of its edges. Returns whether it changed. */
static bool meet(const struct solving *s, uint32_t node, uint64_t *scratch)
{
    size_t bytes = s->passes->words * sizeof *scratch;
    struct graph_span in = graph_in(&s->flow->graph, node);
    memset(scratch, in.count > 0 ? 0xff : 0, bytes);
    for (uint32_t i = 0; i < in.count; i++) {
        if (!dominators_reached(s->dominators, s->flow->graph.edges[in.edges[i]].from))
            continue;
        const uint64_t *set = edge_set(s->passes, in.edges[i]);
        for (size_t word = 0; word < s->passes->words; word++)
            scratch[word] &= set[word];
    }
    bool changed = memcmp(node_set(s->passes, node), scratch, bytes) != 0;
    memcpy(node_set(s->passes, node), scratch, bytes);
    return changed;
}

/** Go over the reached nodes in the order of the walk until nothing changes. */
static void solve(struct solving *s)
{
    uint64_t *scratch = mem_alloc_array(s->passes->words + 1, sizeof *scratch);
    for (bool changed = true, first = true; changed; first = false) {
        changed = false;
        for (uint32_t i = 0; i < s->dominators->count; i++) {
            uint32_t node = s->dominators->order[i];
            if (!meet(s, node, scratch) && !first)
                continue;
            changed = true;
            struct graph_span out = graph_out(&s->flow->graph, node);
            for (uint32_t e = 0; e < out.count; e++)
                follow(s, out.edges[e]);
        }
    }
    free(scratch);
}

void passes_init(struct passes *ret, const struct flow *flow, const struct block_lines *lines,
                 const struct dominators *dominators, const struct loops *loops)
{
    *ret = (struct passes){.words = bitset_words(lines->slot_count)};
    ret->done_at_node = mem_alloc_array(flow->graph.node_count * ret->words + 1, sizeof(uint64_t));
    ret->done_on_edge = mem_alloc_array(flow->graph.edge_count * ret->words + 1, sizeof(uint64_t));
    memset(ret->done_on_edge, 0xff, flow->graph.edge_count * ret->words * sizeof(uint64_t));
    struct solving s = {ret, flow, lines, dominators, loops, NULL};
    find_loop_lines(&s);
    solve(&s);
    for (uint32_t edge = 0; edge < flow->graph.edge_count; edge++)
        if (!dominators_reached(dominators, flow->graph.edges[edge].from))
            memset(edge_set(ret, edge), 0, ret->words * sizeof(uint64_t));
    free(s.loop_lines);
}

void passes_deinit(struct passes *passes)
{
    free(passes->done_at_node);
    free(passes->done_on_edge);
    *passes = (struct passes){0};
}

bool passes_done(const struct passes *passes, uint32_t node, uint32_t slot)
{
    return bitset_has(node_set(passes, node), slot);
}

bool passes_done_on_edge(const struct passes *passes, uint32_t edge, uint32_t slot)
{
    return bitset_has(edge_set(passes, edge), slot);
}
