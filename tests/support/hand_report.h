/**
 * @file
 * Reports written by hand, for what lays them out. Their source files stand in tests/golden/source/.
 */
#ifndef TESTS_SUPPORT_HAND_REPORT_H
#define TESTS_SUPPORT_HAND_REPORT_H

#include "render/render.h"
#include "report/report.h"

/** A report with everything it points to. */
struct hand_report {
    struct report report;
    struct profile *profile;
    struct report_function *functions; ///< [report.n_functions]
};

/** A sampled C++ program: inlined and called cost, folds, a line of an included file, a library. */
struct hand_report *hand_report_sampled(void);

/** The same with one function's hits counted. */
struct hand_report *hand_report_counted(void);

/** A program without debug info: symbols only. */
struct hand_report *hand_report_symbols(void);

/** Names and a source file that try to drive the terminal; long names, wide characters. */
struct hand_report *hand_report_hostile(const char *source_file);

/** A program that waited, was sampled with losses, by several threads, and failed. */
struct hand_report *hand_report_waiting(void);

/** A program that ended before the first sample. */
struct hand_report *hand_report_empty(void);

/** line_profiler's own example: is_prime() and never(). */
struct hand_report *hand_report_primes(void);

/** The same with memory instead of times, and with hits only on some lines. */
struct hand_report *hand_report_memory(void);

/** Show its files below `from` as if they lay below `to`. */
void hand_report_map_paths(struct hand_report *hand, const char *from, const char *to);

/** Free it. */
void hand_report_destroy(struct hand_report *hand);

/** What a render function writes; free it. */
char *hand_report_render(const struct hand_report *hand,
                         void (*render)(const struct report *, const struct render_options *,
                                        FILE *),
                         const struct render_options *options);

#endif
