/**
 * @file
 * What stands out, and how: the few styles of a report, in basic ANSI colours.
 */
#ifndef LPROF_RENDER_HEAT_H
#define LPROF_RENDER_HEAT_H

#include <stdint.h>

enum heat {
    HEAT_PLAIN,
    HEAT_COLD,  ///< Dim: no cost, or an aside.
    HEAT_WARM,  ///< A notable part of the time.
    HEAT_HOT,   ///< Where the time goes.
    HEAT_TITLE, ///< Bold: headings.
};

/** The escape sequence that starts a style; "" for HEAT_PLAIN. */
const char *heat_escape(enum heat heat);

/** How hot a line is, by its share of the function's time and of the function's hottest line. */
enum heat heat_of_line(int64_t time_ns, int64_t hottest_ns, int64_t total_ns);

#endif
