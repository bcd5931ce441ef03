/**
 * @file
 * The rows of a function's line map, from the debug info: which line each instruction is of, with the
 * chain of inlined calls that leads to it.
 */
#ifndef LPROF_SYMBOLIZE_COUNTED_ROWS_H
#define LPROF_SYMBOLIZE_COUNTED_ROWS_H

#include "code/flow.h"
#include "code/line_map.h"
#include "symbolize/counted_function.h"

struct counted_rows {
    struct line_map map;
    struct line_row *rows;
    size_t capacity;
    struct line_source *sources;
    struct counted_line *lines; ///< lines[n - 1] is line n of the map.
    size_t n_lines;
    size_t lines_capacity;
    size_t sources_capacity;
    struct counted_row_line *by_key;  ///< A uthash table.
    struct counted_row_chain *chains; ///< A uthash table.
};

/** Find them. Free with counted_rows_deinit(). */
void counted_rows_init(struct counted_rows *ret, struct object *obj, const struct flow *flow);

/** Free what it holds. */
void counted_rows_deinit(struct counted_rows *rows);

#endif
