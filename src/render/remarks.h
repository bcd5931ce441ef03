/**
 * @file
 * What is to be said of a line's hits: what an optimiser did to the line.
 */
#ifndef LPROF_RENDER_REMARKS_H
#define LPROF_RENDER_REMARKS_H

#include <stddef.h>

#include "report/report.h"

/** In words: "vectorised: a hit is several rounds of the loop". NULL = nothing to say. Free it. */
char *remarks_format(const struct report_line *line);

/**
 * The remark of a function's line with the numbers of all lines that it is true of: "lines 14, 15: ...".
 *
 * @return NULL when there is nothing to say, or an earlier line has said it. Free it.
 */
char *remarks_footnote(const struct report_function *function, size_t line);

#endif
