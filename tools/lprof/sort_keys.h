/**
 * @file
 * The names that -s takes. In the view of lines, line, time, hits and self order the lines of each
 * function; every other name, and all of them in other views, order the functions as in pstats.
 */
#ifndef LPROF_TOOL_SORT_KEYS_H
#define LPROF_TOOL_SORT_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "report/report.h"

/** What a name stands for. */
struct sort_key {
    bool of_lines;
    enum report_function_key function; ///< Unless `of_lines`.
    enum report_line_key line;         ///< If `of_lines`.
};

/**
 * Find the key that a name, or the unique beginning of one, stands for.
 *
 * @return NULL and `*ret` set, or what is wrong ("'c' is ambiguous: calls, cumtime"); free it.
 */
char *sort_keys_find(const char *word, bool view_of_lines, struct sort_key *ret);

#endif
