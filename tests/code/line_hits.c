/*
 * Runs the modules of src/code over functions that are described on standard input, and prints the hits
 * of their lines. What the counters would count is taken from counts of executed instructions, so the
 * checks can compare with what they compute from those counts themselves.
 *
 * One item per line, numbers in hexadecimal but for counts, lines and columns:
 *     D addr bytes            data of the program, relocated
 *     F entry                 a function begins:
 *     P addr bytes              a part, in order of address
 *     L start end pad           calls that land
 *     S file number chain       the next line, from 1
 *     R addr line column stmt   a row, in order of address
 *     C addr count              an instruction ran
 *     E leaving to count        an edge was taken; `leaving` 0 = from the hub, 1 = the entry; `to` 0 = hub
 *     .                       it is complete
 * For each function:
 *     F entry
 *     X reason                or all of:
 *     B addr                  a block
 *     J addr                  a target of indirect jumps
 *     P parts edges needed    how many counters there are
 *     L line hits instructions branches taken unknown approximate notes unrolled copies
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "code/hits.h"
#include "code/jump_table.h"

#define PARTS_MAX 8

struct bytes {
    uint64_t addr;
    uint8_t *bytes;
    size_t size;
};

struct counted {
    uint64_t from, to, count;
};

struct described {
    uint64_t entry;
    struct flow_part parts[PARTS_MAX];
    size_t part_count;
    struct flow_pad *pads;
    size_t pad_count, pad_capacity;
    struct line_source *lines;
    size_t line_count, line_capacity;
    struct line_row *rows;
    size_t row_count, row_capacity;
    struct counted *insns;
    size_t insn_count, insn_capacity;
    struct counted *edges;
    size_t edge_count, edge_capacity;
};

struct program {
    struct bytes *data;
    size_t data_count, data_capacity;
};

static bool read_data(void *context, uint64_t addr, void *ret, size_t size)
{
    const struct program *program = context;
    for (size_t i = 0; i < program->data_count; i++) {
        const struct bytes *data = &program->data[i];
        if (addr < data->addr || addr - data->addr > data->size ||
            data->size - (addr - data->addr) < size)
            continue;
        memcpy(ret, data->bytes + (addr - data->addr), size);
        return true;
    }
    return false;
}

static struct bytes parse_bytes(const char *text)
{
    struct bytes found = {0};
    char *hex;
    found.addr = strtoull(text, &hex, 16);
    hex += strspn(hex, " ");
    size_t digits = strcspn(hex, "\n");
    found.size = digits / 2;
    found.bytes = mem_alloc(found.size + 1);
    for (size_t i = 0; i < found.size; i++) {
        const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};
        found.bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return found;
}

static uint64_t insn_count(const struct described *d, uint64_t addr)
{
    for (size_t i = 0; i < d->insn_count; i++)
        if (d->insns[i].from == addr)
            return d->insns[i].count;
    return 0;
}

static uint64_t taken_count(const struct described *d, uint64_t leaving, uint64_t to)
{
    for (size_t i = 0; i < d->edge_count; i++)
        if (d->edges[i].from == leaving && d->edges[i].to == to)
            return d->edges[i].count;
    return 0;
}

/* What a counter on an edge would count; on a landing it counts all that land there. */
static uint64_t edge_count(const struct described *d, const struct flow *flow, uint32_t edge)
{
    struct graph_edge ends = flow->graph.edges[edge];
    const struct flow_edge *way = &flow->edges[edge];
    uint64_t leaving = way->insn == FLOW_NONE ? 0 : flow->insns[way->insn].insn.addr;
    uint64_t to = ends.to < flow->block_count ? flow_block_addr(flow, ends.to) : 0;
    uint64_t sum = 0;
    switch (way->kind) {
    case FLOW_EDGE_ENTER:
        return taken_count(d, 1, to);
    case FLOW_EDGE_LEAVE:
        for (size_t i = 0; i < d->edge_count; i++)
            sum += d->edges[i].from == leaving ? d->edges[i].count : 0;
        return insn_count(d, leaving) - sum;
    case FLOW_EDGE_LANDING:
        for (uint32_t i = 0; i < flow->graph.edge_count; i++)
            if (flow->graph.edges[i].to == ends.to && flow->edges[i].kind == FLOW_EDGE_LANDING)
                sum += taken_count(d, flow->insns[flow->edges[i].insn].insn.addr, to);
        return sum;
    case FLOW_EDGE_FALL:
    case FLOW_EDGE_TAKEN:
    case FLOW_EDGE_TO_HUB:
    case FLOW_EDGE_LABEL:
        break;
    }
    return taken_count(d, leaving, to);
}

static void print_lines(struct hits_plan *plan, const struct hits_counts *counts)
{
    struct hits_line *lines;
    size_t count = hits_compute(plan, counts, &lines);
    for (size_t i = 0; i < count; i++) {
        const struct hits_line *l = &lines[i];
        printf("L %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
               " %d %" PRIu32 " %" PRIu32 " %" PRIu32 "\n",
               l->line, l->hits, l->instructions, l->branches, l->taken, l->ways_unknown,
               l->approximate, l->notes.notes, l->notes.unrolled, l->notes.copies);
    }
    free(lines);
}

static void print_function(const struct described *d, const struct flow *flow, bool branches)
{
    struct line_map map = {d->rows, d->row_count, d->lines, (uint32_t)d->line_count};
    struct hits_plan *plan = hits_plan_create(flow, &map, branches);
    const struct counter_points *points = hits_plan_points(plan);
    uint64_t *parts = mem_alloc_array(points->part_count + 1u, sizeof *parts);
    uint64_t *edges = mem_alloc_array(points->edge_count + 1u, sizeof *edges);
    for (uint32_t i = 0; i < points->part_count; i++)
        parts[i] = insn_count(d, flow->insns[points->parts[i].first].insn.addr);
    for (uint32_t i = 0; i < points->edge_count; i++)
        edges[i] = edge_count(d, flow, points->edges[i]);
    for (uint32_t i = 0; i < flow->block_count; i++)
        printf("B %" PRIx64 "\n", flow_block_addr(flow, i));
    printf("P %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", points->part_count, flow->graph.edge_count,
           points->edge_count);
    print_lines(plan, &(struct hits_counts){parts, edges});
    free(parts);
    free(edges);
    hits_plan_destroy(plan);
}

static void analyse(const struct described *d, const struct program *program,
                    struct insn_decoder *decoder, bool branches)
{
    struct flow_source source = {.entry = d->entry,
                                 .parts = d->parts,
                                 .part_count = d->part_count,
                                 .pads = d->pads,
                                 .pad_count = d->pad_count};
    struct jump_table_memory memory = {read_data, (void *)(uintptr_t)program};
    struct jump_tables tables;
    struct flow flow;
    struct flow_doubt doubt;
    printf("F %" PRIx64 "\n", d->entry);
    if (!jump_tables_init(&tables, &source, &memory, &doubt)) {
        printf("X %s\n", doubt.reason);
        return;
    }
    source.jumps = tables.jumps;
    source.jump_count = tables.jump_count;
    source.targets = tables.targets;
    source.target_count = tables.target_count;
    for (size_t i = 0; i < tables.target_count; i++)
        printf("J %" PRIx64 "\n", tables.targets[i]);
    if (flow_init(&flow, &source, decoder, &doubt)) {
        print_function(d, &flow, branches);
        flow_deinit(&flow);
    } else {
        printf("X %s\n", doubt.reason);
    }
    jump_tables_deinit(&tables);
}

static void forget(struct described *d)
{
    for (size_t i = 0; i < d->part_count; i++)
        free((void *)(uintptr_t)d->parts[i].bytes);
    free(d->pads);
    free(d->lines);
    free(d->rows);
    free(d->insns);
    free(d->edges);
    *d = (struct described){0};
}

static void add_part(struct described *d, const char *text)
{
    struct bytes code = parse_bytes(text);
    if (d->part_count < PARTS_MAX)
        d->parts[d->part_count++] = (struct flow_part){code.addr, code.bytes, code.size};
}

/* Add what one line says of the function. */
static void describe(struct described *d, const char *text)
{
    uint64_t n[4] = {0};
    const char *format = text[0] == 'S'   ? "%*c %" SCNu64 " %" SCNu64 " %" SCNu64
                         : text[0] == 'R' ? "%*c %" SCNx64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                         : text[0] == 'C' ? "%*c %" SCNx64 " %" SCNu64
                         : text[0] == 'E' ? "%*c %" SCNx64 " %" SCNx64 " %" SCNu64
                                          : "%*c %" SCNx64 " %" SCNx64 " %" SCNx64;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    sscanf(text, format, &n[0], &n[1], &n[2], &n[3]);
#pragma GCC diagnostic pop
    switch (text[0]) {
    case 'F':
        d->entry = n[0];
        break;
    case 'L':
        d->pads = mem_grow(d->pads, &d->pad_capacity, d->pad_count, sizeof *d->pads);
        d->pads[d->pad_count++] = (struct flow_pad){n[0], n[1], n[2]};
        break;
    case 'S':
        d->lines = mem_grow(d->lines, &d->line_capacity, d->line_count, sizeof *d->lines);
        d->lines[d->line_count++] =
            (struct line_source){(uint32_t)n[0], (uint32_t)n[1], (uint32_t)n[2]};
        break;
    case 'R':
        d->rows = mem_grow(d->rows, &d->row_capacity, d->row_count, sizeof *d->rows);
        d->rows[d->row_count++] =
            (struct line_row){n[0], (uint32_t)n[1], (uint32_t)n[2], n[3] != 0};
        break;
    case 'C':
        d->insns = mem_grow(d->insns, &d->insn_capacity, d->insn_count, sizeof *d->insns);
        d->insns[d->insn_count++] = (struct counted){n[0], 0, n[1]};
        break;
    case 'E':
        d->edges = mem_grow(d->edges, &d->edge_capacity, d->edge_count, sizeof *d->edges);
        d->edges[d->edge_count++] = (struct counted){n[0], n[1], n[2]};
        break;
    default:
        fprintf(stderr, "line_hits: what is '%c'?\n", text[0]);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    bool branches = argc > 1 && strcmp(argv[1], "--branches") == 0;
    struct insn_decoder *decoder = insn_decoder_create();
    struct program program = {0};
    struct described d = {0};
    char *text = NULL;
    size_t room = 0;
    while (getline(&text, &room, stdin) > 0) {
        if (text[0] == 'D') {
            program.data = mem_grow(program.data, &program.data_capacity, program.data_count,
                                    sizeof *program.data);
            program.data[program.data_count++] = parse_bytes(text + 2);
        } else if (text[0] == 'P') {
            add_part(&d, text + 2);
        } else if (text[0] == '.') {
            analyse(&d, &program, decoder, branches);
            forget(&d);
        } else {
            describe(&d, text);
        }
    }
    for (size_t i = 0; i < program.data_count; i++)
        free(program.data[i].bytes);
    free(program.data);
    free(text);
    insn_decoder_destroy(decoder);
    return 0;
}
