// Control that comes from outside is not seen on its way: into a landing pad, or back behind a call that
// ends a block. Of those ways the count is what is left of the target's own count.

#include "symbolize/counted_function.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "code/hits.h"
#include "code/jump_table.h"
#include "symbolize/counted_rows.h"

// What the flow is made from.
struct input {
    struct flow_source source;
    struct flow_part *parts;
    struct flow_pad *pads;
    size_t pads_capacity;
    size_t n_pads;
};

static void input_deinit(struct input *input)
{
    free(input->parts);
    free(input->pads);
}

static int compare_parts(const void *a, const void *b)
{
    const struct flow_part *x = a;
    const struct flow_part *y = b;

    return (x->addr > y->addr) - (x->addr < y->addr);
}

static bool is_inside(const struct input *input, uint64_t addr)
{
    for (size_t i = 0; i < input->source.part_count; i++)
        if (addr >= input->parts[i].addr && addr - input->parts[i].addr < input->parts[i].size)
            return true;
    return false;
}

static void add_pads(struct input *input, struct object *obj, const struct flow_part *part)
{
    CLEANUP(cleanup_free) struct object_landing *landings = NULL;
    size_t n = object_landings(obj, part->addr, part->addr + part->size, &landings);

    for (size_t i = 0; i < n; i++) {
        if (!is_inside(input, landings[i].pad))
            continue;
        input->pads =
            mem_grow(input->pads, &input->pads_capacity, input->n_pads, sizeof *input->pads);
        input->pads[input->n_pads++] =
            (struct flow_pad){landings[i].begin, landings[i].end, landings[i].pad};
    }
}

static void input_init(struct input *input, struct object *obj,
                       const struct counter_table *counters, uint64_t entry)
{
    size_t n;
    const struct profile_counter *parts =
        counter_table_at(counters, PROFILE_COUNTER_PART, entry, &n);

    *input = (struct input){.parts = mem_alloc_array(n + 1, sizeof *input->parts)};
    for (size_t i = 0; i < n; i++) {
        size_t size = 0;
        size_t wanted = (size_t)parts[i].count;
        const uint8_t *bytes = object_code_at(obj, parts[i].from, &size);
        // Several runs have told it several times.
        if (bytes && wanted <= size && (!i || parts[i].from != parts[i - 1].from))
            input->parts[input->source.part_count++] =
                (struct flow_part){parts[i].from, bytes, wanted};
    }
    qsort(input->parts, input->source.part_count, sizeof *input->parts, compare_parts);
    for (size_t i = 0; i < input->source.part_count; i++)
        add_pads(input, obj, &input->parts[i]);
    input->source.entry = entry;
    input->source.parts = input->parts;
    input->source.pads = input->pads;
    input->source.pad_count = input->n_pads;
}

// ---- counts

static uint64_t executed(const struct counter_table *counters, uint64_t addr)
{
    return counter_table_sum(counters, PROFILE_COUNTER_INSTRUCTION, addr);
}

// How often control came to an instruction without being seen on the way.
static uint64_t unseen(const struct counter_table *counters, uint64_t addr)
{
    uint64_t all = executed(counters, addr);
    uint64_t seen = counter_table_sum(counters, PROFILE_COUNTER_EDGE, addr);

    return all > seen ? all - seen : 0;
}

// The ways that lead on from an instruction within the function.
static uint64_t led_on(const struct counter_table *counters, const struct flow *flow, uint64_t from)
{
    uint64_t sum = 0;

    for (uint32_t block = 0; block < flow->block_count; block++)
        sum += counter_table_edge(counters, from, flow_block_addr(flow, block));
    return sum;
}

static uint64_t from_hub(const struct counter_table *counters, const struct flow *flow, uint64_t to)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < flow->graph.edge_count; i++)
        if (flow->edges[i].kind == FLOW_EDGE_TO_HUB && flow->edges[i].insn != FLOW_NONE)
            sum += counter_table_edge(counters, flow->insns[flow->edges[i].insn].insn.addr, to);
    return sum;
}

static uint64_t edge_count(const struct counter_table *counters, const struct flow *flow,
                           uint32_t edge)
{
    struct graph_edge ends = flow->graph.edges[edge];
    const struct flow_edge *way = &flow->edges[edge];
    const struct insn *leaving = way->insn == FLOW_NONE ? NULL : &flow->insns[way->insn].insn;
    uint64_t to = ends.to < flow->block_count ? flow_block_addr(flow, ends.to) : 0;
    uint64_t onward;

    switch (way->kind) {
    case FLOW_EDGE_ENTER:
    case FLOW_EDGE_LANDING:
        return unseen(counters, to);
    case FLOW_EDGE_LABEL:
        return from_hub(counters, flow, to);
    case FLOW_EDGE_TO_HUB:
        return leaving ? led_on(counters, flow, leaving->addr) : 0;
    case FLOW_EDGE_LEAVE:
        onward = leaving ? led_on(counters, flow, leaving->addr) : 0;
        return leaving ? executed(counters, leaving->addr) - onward : 0;
    case FLOW_EDGE_FALL:
        if (leaving && leaving->kind == INSN_CALL)
            return unseen(counters, to);
        break;
    case FLOW_EDGE_TAKEN:
        break;
    }
    return leaving ? counter_table_edge(counters, leaving->addr, to) : 0;
}

static size_t compute(const struct counter_table *counters, const struct flow *flow,
                      const struct line_map *map, struct hits_line **ret)
{
    struct hits_plan *plan = hits_plan_create(flow, map, false);
    const struct counter_points *points = hits_plan_points(plan);
    CLEANUP(cleanup_free)
    uint64_t *parts = mem_alloc_array(points->part_count + 1u, sizeof *parts);
    CLEANUP(cleanup_free)
    uint64_t *edges = mem_alloc_array(points->edge_count + 1u, sizeof *edges);

    for (uint32_t i = 0; i < points->part_count; i++)
        parts[i] = executed(counters, flow->insns[points->parts[i].first].insn.addr);
    for (uint32_t i = 0; i < points->edge_count; i++)
        edges[i] = edge_count(counters, flow, points->edges[i]);
    size_t n = hits_compute(plan, &(struct hits_counts){parts, edges}, ret);
    hits_plan_destroy(plan);
    return n;
}

// ---- lines

// Lines of one number that were inlined at several places are one line of the source.
static void add_up(const struct counted_rows *rows, const struct hits_line *hits, size_t n_hits,
                   struct counted_line **ret, size_t *n_ret)
{
    struct counted_line *lines = mem_alloc_array(n_hits + 1, sizeof *lines);
    size_t n = 0;

    for (size_t i = 0; i < n_hits; i++) {
        const struct counted_line *line = &rows->lines[hits[i].line - 1];
        size_t at = 0;
        while (at < n && (lines[at].function != line->function || lines[at].file != line->file ||
                          lines[at].line != line->line))
            at++;
        if (at == n)
            lines[n++] = *line;
        if (line->addr < lines[at].addr)
            lines[at].addr = line->addr;
        lines[at].hits += hits[i].hits;
        lines[at].instructions += hits[i].instructions;
    }
    *ret = lines;
    *n_ret = n;
}

static bool read_memory(void *context, uint64_t addr, void *ret, size_t size)
{
    return object_read(context, addr, ret, size);
}

static bool make_flow(struct object *obj, struct input *input, struct flow *ret,
                      struct flow_doubt *doubt)
{
    struct jump_table_memory memory = {read_memory, obj};
    struct jump_tables tables;

    if (!jump_tables_init(&tables, &input->source, &memory, doubt))
        return false;
    input->source.jumps = tables.jumps;
    input->source.jump_count = tables.jump_count;
    input->source.targets = tables.targets;
    input->source.target_count = tables.target_count;
    struct insn_decoder *decoder = insn_decoder_create();
    bool sure = flow_init(ret, &input->source, decoder, doubt);
    insn_decoder_destroy(decoder);
    jump_tables_deinit(&tables);
    return sure;
}

bool counted_function_lines(struct object *obj, const struct counter_table *counters,
                            uint64_t entry, struct counted_line **ret, size_t *n_ret,
                            struct flow_doubt *doubt)
{
    CLEANUP(input_deinit) struct input input;
    struct flow flow;
    struct counted_rows rows;
    CLEANUP(cleanup_free) struct hits_line *hits = NULL;

    input_init(&input, obj, counters, entry);
    if (!make_flow(obj, &input, &flow, doubt))
        return false;
    counted_rows_init(&rows, obj, &flow);
    size_t n = compute(counters, &flow, &rows.map, &hits);
    add_up(&rows, hits, n, ret, n_ret);
    counted_rows_deinit(&rows);
    flow_deinit(&flow);
    return true;
}
