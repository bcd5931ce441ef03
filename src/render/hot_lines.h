/**
 * @file
 * The lines of source in which most time was spent, whatever functions they belong to.
 */
#ifndef LPROF_RENDER_HOT_LINES_H
#define LPROF_RENDER_HOT_LINES_H

#include "report/report.h"

/** A line of source, with the own time of all functions that have it: instances of a template, say. */
struct hot_line {
    const struct report_function *function; ///< One of them.
    const char *file;                       ///< As shown.
    uint32_t line;
    int64_t own_ns;
};

struct hot_lines {
    struct hot_line *lines; ///< [n] hottest first.
    size_t n;
};

/**
 * The hottest lines, `most` of them; free with hot_lines_deinit(). They are lines of the project and
 * of functions that are listed; others only when there are none of these.
 */
void hot_lines_init(struct hot_lines *hot, const struct report *report, size_t most);

/** Free what it holds; a zeroed struct is allowed. */
void hot_lines_deinit(struct hot_lines *hot);

#endif
