// Control that comes from outside is not seen on its way: into a landing pad, or back behind a call that
// ends a block. Of those ways the count is what is left of the target's own count.

#include "symbolize/counted_function.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "code/function_code.h"
#include "code/hits.h"

// The stretches of code that were counted.
static size_t find_ranges(const struct counter_table *counters, uint64_t entry,
                          struct object_range **ret)
{
    size_t n;
    const struct profile_counter *parts =
        counter_table_at(counters, PROFILE_COUNTER_PART, entry, &n);
    struct object_range *ranges = mem_alloc_array(n + 1, sizeof *ranges);
    size_t count = 0;

    // Several runs have told it several times.
    for (size_t i = 0; i < n; i++)
        if (!i || parts[i].from != parts[i - 1].from)
            ranges[count++] =
                (struct object_range){parts[i].from, parts[i].from + (uint64_t)parts[i].count};
    *ret = ranges;
    return count;
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
                      const struct line_map *map, bool branches, struct hits_line **ret)
{
    struct hits_plan *plan = hits_plan_create(flow, map, branches);
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

// What a function does on entry and on return, register by register, looks like a statement several times in a
// row: on its first line and on its last.
static bool is_an_end(const struct line_rows *rows, uint32_t number)
{
    const struct line_source *at = &rows->map.lines[number - 1];
    bool last = at->chain == 0;

    for (uint32_t i = 0; i < rows->map.line_count && last; i++) {
        const struct line_source *other = &rows->map.lines[i];
        last = other->chain || other->file != at->file || other->number <= at->number;
    }
    const struct line_rows_line *line = &rows->lines[number - 1];
    return last || line->line == line->function->line;
}

static struct profile_remarks remarks_of(const struct line_rows *rows, const struct hits_line *line)
{
    uint32_t notes = line->notes.notes;
    uint32_t remarks = (notes & LINE_NOTE_VECTORISED ? PROFILE_REMARK_VECTORISED : 0u) |
                       (notes & LINE_NOTE_MOVED_OUT ? PROFILE_REMARK_MOVED_OUT : 0u) |
                       (notes & LINE_NOTE_JUMP_ONLY ? PROFILE_REMARK_JUMP_ONLY : 0u) |
                       (line->approximate ? PROFILE_REMARK_APPROXIMATE : 0u);

    return (struct profile_remarks){remarks, is_an_end(rows, line->line) ? 0 : line->notes.unrolled,
                                    line->notes.copies};
}

// Lines of one number that were inlined at several places are one line of the source.
static void add_up(const struct line_rows *rows, const struct hits_line *hits, size_t n_hits,
                   bool branches, struct counted_line **ret, size_t *n_ret)
{
    struct counted_line *lines = mem_alloc_array(n_hits + 1, sizeof *lines);
    size_t n = 0;

    for (size_t i = 0; i < n_hits; i++) {
        const struct line_rows_line *line = &rows->lines[hits[i].line - 1];
        size_t at = 0;
        while (at < n && (lines[at].function != line->function || lines[at].file != line->file ||
                          lines[at].line != line->line))
            at++;
        if (at == n)
            lines[n++] = (struct counted_line){.function = line->function,
                                               .file = line->file,
                                               .line = line->line,
                                               .addr = line->addr};
        if (line->addr < lines[at].addr)
            lines[at].addr = line->addr;
        lines[at].hits += hits[i].hits;
        lines[at].instructions += hits[i].instructions;
        lines[at].branches += branches ? hits[i].branches : 0;
        lines[at].taken += branches ? hits[i].taken : 0;
        const struct profile_remarks remarks = remarks_of(rows, &hits[i]);
        profile_add_remarks(&lines[at].remarks, &remarks);
    }
    *ret = lines;
    *n_ret = n;
}

bool counted_function_lines(struct object *obj, const struct counter_table *counters,
                            uint64_t entry, bool branches, struct counted_line **ret, size_t *n_ret,
                            struct flow_doubt *doubt)
{
    CLEANUP(cleanup_free) struct object_range *ranges = NULL;
    CLEANUP(cleanup_free) struct hits_line *hits = NULL;
    struct function_code code;
    size_t n_ranges = find_ranges(counters, entry, &ranges);

    if (!function_code_init(&code, obj, entry, ranges, n_ranges, doubt))
        return false;
    size_t n = compute(counters, &code.flow, &code.rows.map, branches, &hits);
    add_up(&code.rows, hits, n, branches, ret, n_ret);
    function_code_deinit(&code);
    return true;
}
