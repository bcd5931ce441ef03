/**
 * @file
 * The columns of an annotated listing: what each shows, in which unit, and how wide it is.
 */
#ifndef LPROF_RENDER_COLUMNS_H
#define LPROF_RENDER_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/units.h"
#include "render/render.h"
#include "render/text.h"

/** Most columns a table can have; more names are the same column again. */
#define COLUMNS_MAX 24

/** In place of the hits of a line: it looks like a statement and has no code. */
#define COLUMNS_NO_CODE (REPORT_NULL + 1)

struct column; // opaque: one entry of the list of columns

/** The columns of the tables of a report, with room for the widest cell of each. */
struct columns {
    const struct column *columns[COLUMNS_MAX]; ///< [n]
    unsigned widths[COLUMNS_MAX];
    size_t n;
    bool source;                   ///< The source text follows behind them.
    int64_t sample_ns;             ///< What one sample stands for; 0 = nothing was sampled.
    const struct units_time *unit; ///< Of all times; NULL = chosen for each function.
};

/** How the cells of one function are written. */
struct columns_scale {
    const struct columns *columns;
    const struct units_time *unit; ///< One for all time columns: parts and their sum compare.
    int64_t total_ns;              ///< What 100 % is.
};

/** The columns asked for, else the default set: with hits for `counted` functions. */
void columns_init(struct columns *columns, const struct report *report,
                  const struct render_options *options, bool counted);

/** The unit and the 100 % of a function. */
void columns_scale(const struct columns *columns, const struct report_function *function,
                   struct columns_scale *ret);

/** Widen the columns for the cells of a function. */
void columns_fit(struct columns *columns, const struct report_function *function);

/** Where the source text of a line starts. */
unsigned columns_source_at(const struct columns *columns);

/** Write the titles, and a rule below them. */
void columns_put_titles(const struct columns_scale *scale, struct text *text);

/** Write the cells of a line, up to where its source text starts. */
void columns_put_cells(const struct columns_scale *scale, const struct report_line *line,
                       struct text *text);

#endif
