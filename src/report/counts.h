/**
 * @file
 * What was counted in a profile: the hits of lines, the calls of functions, by whom they were called.
 */
#ifndef LPROF_REPORT_COUNTS_H
#define LPROF_REPORT_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"
#include "report/frames.h"
#include "report/pair_sums.h"

struct counts_line {
    bool counted;
    int64_t hits;
    int64_t instructions;
    int64_t branches;
    int64_t taken;
    int64_t called_ns; ///< In calls and system calls that ran at full speed, each stack once.
    struct profile_remarks remarks;
};

struct counts_function {
    bool counted;   ///< Some of its lines are, or its calls.
    bool ran;       ///< Something of it was.
    bool is_caller; ///< It calls a counted one.
    bool has_calls; ///< It has code of its own, whose calls were counted.
    int64_t calls;
    int64_t primitive;
    int64_t call_ns;    ///< In its calls, where they were timed.
    int64_t call_least; ///< Of the shortest; 0 = none was timed [ns].
    int64_t call_most;  ///< Of the longest [ns].
};

struct counts {
    struct counts_line *lines;         ///< As in the frames.
    struct counts_function *functions; ///< As in the frames.
    struct pair_sums calls;            ///< (callee, caller)
    bool any;
};

/** Add up what was counted; free with counts_destroy(). */
struct counts *counts_create(const struct profile *profile, const struct frames *frames);

/** Free it. NULL is allowed. */
void counts_destroy(struct counts *counts);

#endif
