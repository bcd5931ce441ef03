/**
 * @file
 * The rows of a function's line map, from the debug info: which line each instruction is of, with the
 * chain of inlined calls that leads to it.
 */
#ifndef LPROF_CODE_LINE_ROWS_H
#define LPROF_CODE_LINE_ROWS_H

#include "code/flow.h"
#include "code/line_map.h"
#include "object/object.h"

/** A line of the map. */
struct line_rows_line {
    const struct object_function *function; ///< Innermost: the line is its own, maybe inlined here.
    const char *file;
    uint32_t line;
    uint64_t addr; ///< Of the first instruction of it.
};

struct line_rows {
    struct line_map map;
    struct line_row *rows;
    size_t capacity;
    struct line_source *sources;
    struct line_rows_line *lines; ///< lines[n - 1] is line n of the map.
    size_t n_lines;
    size_t lines_capacity;
    size_t sources_capacity;
    struct line_rows_key *by_key;   ///< A uthash table.
    struct line_rows_chain *chains; ///< A uthash table.
};

/** Find them. Free with line_rows_deinit(). */
void line_rows_init(struct line_rows *ret, struct object *obj, const struct flow *flow);

/** Free what it holds; a zeroed struct is allowed. */
void line_rows_deinit(struct line_rows *rows);

#endif
