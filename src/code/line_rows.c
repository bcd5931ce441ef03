#include "code/line_rows.h"

#include <stdlib.h>
#include <uthash.h>

#include "base/mem.h"

// A chain is the call site and the chain around it, so equal chains have equal numbers.
struct chain_key {
    const struct object_function *caller;
    const char *file;
    uint32_t line;
    uint32_t column;
    uint64_t outer;
};

struct line_rows_chain {
    struct chain_key key;
    uint32_t number;
    UT_hash_handle hh;
};

struct line_key {
    const struct object_function *function;
    const char *file;
    uint32_t line;
    uint32_t chain;
};

struct line_rows_key {
    struct line_key key;
    uint32_t number;
    UT_hash_handle hh;
};

static uint32_t chain_number(struct line_rows *rows, const struct object_frame *call,
                             uint32_t outer)
{
    struct chain_key key = {call->function, call->file, call->line, call->column, outer};
    struct line_rows_chain *chain;

    HASH_FIND(hh, rows->chains, &key, sizeof key, chain);
    if (chain)
        return chain->number;
    chain = mem_alloc(sizeof *chain);
    chain->key = key;
    chain->number = HASH_COUNT(rows->chains) + 1;
    HASH_ADD(hh, rows->chains, key, sizeof chain->key, chain);
    return chain->number;
}

static void add_line(struct line_rows *rows, const struct line_key *key, uint64_t addr)
{
    rows->sources =
        mem_grow(rows->sources, &rows->sources_capacity, rows->n_lines, sizeof *rows->sources);
    rows->lines = mem_grow(rows->lines, &rows->lines_capacity, rows->n_lines, sizeof *rows->lines);
    uint32_t file = 0;
    // A file is known by the first line that is in it.
    for (size_t i = 0; i < rows->n_lines && !file; i++)
        if (rows->lines[i].file == key->file)
            file = rows->sources[i].file;
    rows->sources[rows->n_lines] =
        (struct line_source){file ? file : (uint32_t)rows->n_lines + 1, key->line, key->chain};
    rows->lines[rows->n_lines++] = (struct line_rows_line){
        .function = key->function, .file = key->file, .line = key->line, .addr = addr};
}

// The number of the line at an address, LINE_NONE where there is none.
static uint32_t line_number(struct line_rows *rows, struct object *obj, uint64_t addr)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t n = object_frames_at(obj, addr, frames);
    uint32_t chain = 0;
    struct line_rows_key *found;

    if (!n || !frames[0].line || !frames[0].file || frames[0].approximate)
        return LINE_NONE;
    for (size_t i = n - 1; i > 0; i--)
        chain = chain_number(rows, &frames[i], chain);
    struct line_key key = {frames[0].function, frames[0].file, frames[0].line, chain};
    HASH_FIND(hh, rows->by_key, &key, sizeof key, found);
    if (found)
        return found->number;
    add_line(rows, &key, addr);
    found = mem_alloc(sizeof *found);
    found->key = key;
    found->number = (uint32_t)rows->n_lines;
    HASH_ADD(hh, rows->by_key, key, sizeof found->key, found);
    return found->number;
}

void line_rows_init(struct line_rows *ret, struct object *obj, const struct flow *flow)
{
    struct line_rows rows = {0};
    uint32_t line_before = LINE_NONE;
    uint64_t row_before = UINT64_MAX;
    size_t n = 0;

    for (uint32_t i = 0; i < flow->insn_count; i++) {
        uint64_t addr = flow->insns[i].insn.addr;
        struct object_row row = {.addr = UINT64_MAX};
        bool known = object_row_at(obj, addr, &row);
        uint32_t line = known ? line_number(&rows, obj, addr) : LINE_NONE;
        // Also where an inlined call begins or ends within a row.
        if (i && line == line_before && row.addr == row_before)
            continue;
        line_before = line;
        row_before = row.addr;
        rows.rows = mem_grow(rows.rows, &rows.capacity, n, sizeof *rows.rows);
        rows.rows[n++] =
            (struct line_row){.addr = addr, .line = line, .column = row.column, .statement = true};
    }
    rows.map = (struct line_map){rows.rows, n, rows.sources, (uint32_t)rows.n_lines};
    *ret = rows;
}

void line_rows_deinit(struct line_rows *rows)
{
    struct line_rows_chain *chain;
    struct line_rows_chain *next_chain;
    struct line_rows_key *line;
    struct line_rows_key *next_line;

    HASH_ITER(hh, rows->chains, chain, next_chain)
    {
        HASH_DEL(rows->chains, chain);
        free(chain);
    }
    HASH_ITER(hh, rows->by_key, line, next_line)
    {
        HASH_DEL(rows->by_key, line);
        free(line);
    }
    free(rows->rows);
    free(rows->sources);
    free(rows->lines);
}
