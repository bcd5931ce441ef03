/**
 * @file
 * The order of functions and lines, and which functions the limits of -n keep.
 */
#ifndef LPROF_REPORT_RANK_H
#define LPROF_REPORT_RANK_H

#include <stddef.h>

#include "report/notes.h"
#include "report/report.h"

/**
 * Sort indexes of functions by the keys, as pstats does: numbers downwards, texts and lines upwards,
 * each key deciding among equals of the ones before. Without keys: marked ones in source order, then by
 * own time. What is equal in all keys has an order of its own, whatever the order before.
 *
 * @param[in,out] order [n] Indexes of `functions`.
 */
void rank_functions(const struct report_function *functions, size_t *order, size_t n,
                    const struct report_options *options);

/**
 * Apply the limits from left to right: those kept stay in front, in their order, the others behind.
 *
 * @param[in,out] order [n] Indexes of `functions`, sorted.
 * @param notes Gets `bad-regex` for each that is none; it keeps everything.
 * @param[out] reductions [options->n_limits] Those that left some out.
 * @param[out] n_reductions_ret How many those are.
 * @return How many functions are kept.
 */
size_t rank_limit(const struct report_function *functions, size_t *order, size_t n,
                  const struct report_options *options, struct notes *notes,
                  struct report_reduction *reductions, size_t *n_reductions_ret);

/** Sort callers by the first key, then by their time. */
void rank_callers(struct report_caller *callers, size_t n, const struct report_options *options);

/** Sort the lines of a function by a key, then by file and line. */
void rank_lines(struct report_line *lines, size_t n, enum report_line_key key, bool reverse);

#endif
