/**
 * @file
 * From a report to bytes: one file per format. Nothing here computes; it lays out.
 */
#ifndef LPROF_RENDER_RENDER_H
#define LPROF_RENDER_RENDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "report/heap_stacks.h"
#include "report/report.h"

struct render_options {
    bool color;                 ///< ANSI colours.
    unsigned width;             ///< Columns of the terminal; 0 = not a terminal, never cut.
    int64_t unit_ns;            ///< -u: unit of all times [ns]; 0 = chosen per column.
    bool hottest_last;          ///< -t
    bool summarize;             ///< -m
    bool full;                  ///< --full: do not fold lines without cost.
    unsigned precision;         ///< --precision: decimals of MiB.
    const char *const *columns; ///< [n_columns] names; none = the default set.
    size_t n_columns;
    const char *closing;  ///< A last line, behind the notes; NULL = none.
    enum heap_stacks_key heap_key; ///< --view memory --sort: stacks that allocated instead of lines.
    size_t n_stacks;               ///< Of those, show so many; 0 = a few.
    const char *saved_as; ///< Where the profile was saved, for the first line; NULL = not now.
};

/** The default layout: header, annotated functions, summary, hottest lines, notes. */
void render_lines(const struct report *report, const struct render_options *options, FILE *out);

/** --view summary: the header, one line per function, the hottest lines, notes. */
void render_summary(const struct report *report, const struct render_options *options, FILE *out);

/** --style line_profiler: that layout byte for byte. */
void render_line_profiler(const struct report *report, const struct render_options *options,
                          FILE *out);

/** --view memory: memory_profiler's layout, or with a `heap_key` the stacks that allocated; then the notes. */
void render_memory(const struct report *report, const struct render_options *options, FILE *out);

/** --view regions: how often and for how long each was entered. */
void render_regions(const struct report *report, const struct render_options *options, FILE *out);

/** --view functions: pstats' table, one row per function. */
void render_functions(const struct report *report, const struct render_options *options, FILE *out);

/** --view callers: pstats' table of who called each function. */
void render_callers(const struct report *report, const struct render_options *options, FILE *out);

/** --view callees: pstats' table of what each function called. */
void render_callees(const struct report *report, const struct render_options *options, FILE *out);

/** --format pstats: a file that `python3 -m pstats` opens. */
void render_pstats(const struct report *report, const struct render_options *options, FILE *out);

/**
 * A report that is split: the first line, then each process or thread by `layout`, which is one of the
 * layouts of text above, under a heading of its own; last the notes.
 */
void render_groups(const struct report *report, const struct render_options *options, FILE *out,
                   void (*layout)(const struct report *report, const struct render_options *options,
                                  FILE *out));

/** --format json. */
void render_json(const struct report *report, const struct render_options *options, FILE *out);

/** Whether a column has this name, as in --columns. */
bool render_has_column(const char *name);

/** The name of the column with this index, from 0; NULL behind the last. */
const char *render_column_name(size_t index);

#endif
