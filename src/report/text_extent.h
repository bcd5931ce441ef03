/**
 * @file
 * Which lines of its file the listing of a function shows.
 *
 * A profile knows where a function is declared and which lines have a cost, not where it ends. Its end
 * is read off the source: the first line behind the last cost that closes the block at the indentation
 * of the declaration, before the next function starts.
 */
#ifndef LPROF_REPORT_TEXT_EXTENT_H
#define LPROF_REPORT_TEXT_EXTENT_H

#include <stdint.h>

#include "report/report.h"

/** Lines first..end-1; both 0 when the function has no line in its own file. */
struct text_extent {
    uint32_t first;
    uint32_t end;
};

/** The lines to show of a function of this report; reads its source. */
struct text_extent text_extent_of(const struct report *report,
                                  const struct report_function *function);

#endif
