/**
 * @file
 * A line at the bottom of stderr's terminal that is written over again and again, then wiped away.
 */
#ifndef LPROF_TOOL_STATUS_LINE_H
#define LPROF_TOOL_STATUS_LINE_H

#include <stdbool.h>

#include "base/error.h"

/** A zeroed struct shows nothing. */
struct status_line {
    bool shown;
};

/** Show "lprof: " and the text in place of what was shown, cut to the terminal. */
LPROF_PRINTF(2, 3) void status_line_show(struct status_line *line, const char *format, ...);

/** Wipe it away, if it is shown. */
void status_line_clear(struct status_line *line);

#endif
