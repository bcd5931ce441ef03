/**
 * @file
 * What the views of functions, callers and callees share: the parts of pstats' layout.
 *
 * @source Lib/pstats.py of Python 3.13
 */
#ifndef LPROF_RENDER_PSTATS_TABLE_H
#define LPROF_RENDER_PSTATS_TABLE_H

#include "render/view.h"

/** "file:line(function)", with the module where no file is known. Free it. */
char *pstats_table_name(const struct view *view, const struct report_function *function);

/** A time in seconds with three decimals, in 8 columns; blank when not measured. */
void pstats_table_time(struct text *text, int64_t ns);

/**
 * Calls: "total/primitive" where both are known and differ, "-" where none are. Free it.
 *
 * @param pcalls REPORT_NULL = not known.
 */
char *pstats_table_calls(int64_t ncalls, int64_t pcalls);

/** What was measured, "Ordered by: ...", and a "List reduced ..." line for each limit. */
void pstats_table_head(struct view *view);

#endif
