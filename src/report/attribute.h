/**
 * @file
 * Where the time of a profile went: to functions, their lines, and from caller to called.
 *
 * Of each sample a line is taken once, where it stands innermost on the stack: in the innermost frame
 * the time is its self time, else in the innermost physical frame it is inlined, else called. Times are
 * sums of the samples' CPU time [ns].
 */
#ifndef LPROF_REPORT_ATTRIBUTE_H
#define LPROF_REPORT_ATTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"
#include "report/frames.h"

/** No function. */
#define ATTRIBUTE_NONE UINT32_MAX

struct attribute_function {
    int64_t own_ns; ///< Of samples whose innermost frame of the project it is.
    int64_t own_samples;
    int64_t self_ns;  ///< Of samples whose innermost frame it is.
    int64_t total_ns; ///< Of samples that have it in any frame.
};

struct attribute_line {
    int64_t samples;
    int64_t own_ns; ///< Of samples whose innermost frame of the project stands on it.
    int64_t self_ns;
    int64_t inlined_ns;
    int64_t called_ns;
    uint32_t
        largest; ///< Function that costs most of what is inlined or called; ATTRIBUTE_NONE = none.
    int64_t largest_ns;
    bool largest_inlined;
};

/** A pair of frames next to each other. */
struct attribute_call {
    uint32_t callee;
    uint32_t caller;
    int64_t time_ns; ///< Of samples that have the pair at least once.
    int64_t self_ns; ///< Of samples whose innermost frame is the callee, called so.
};

struct attribution {
    struct attribute_function *functions; ///< As in the frames.
    struct attribute_line *lines;         ///< As in the frames.
    struct attribute_call *calls;         ///< [n_calls]
    size_t n_calls;
    int64_t total_ns;
    int64_t samples;
    bool has_stacks;      ///< Some sampled stack has more than one location.
    double design_effect; ///< Of different weights and clustering, for interval_half_width().
};

/**
 * Attribute all samples; free with attribution_destroy().
 *
 * @param in_project [frames->n_functions] Whose frames may own a sample. A sample without any is owned
 *        by its innermost frame.
 */
struct attribution *attribution_create(const struct profile *profile, const struct frames *frames,
                                       const bool *in_project);

/** Free it. NULL is allowed. */
void attribution_destroy(struct attribution *attribution);

#endif
