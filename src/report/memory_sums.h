/**
 * @file
 * Where the memory of a profile went: what became resident and what was allocated, by the lines on whose
 * account.
 *
 * Like time, memory is a line's once for each stack that has the line, whatever the line calls included;
 * and it is own memory of the innermost function of the project.
 */
#ifndef LPROF_REPORT_MEMORY_SUMS_H
#define LPROF_REPORT_MEMORY_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"
#include "report/frames.h"

struct memory_sums_line {
    int64_t faults;
    int64_t resident_bytes;
    int64_t rss_bytes; ///< The largest size of a process when the line made it grow; 0 = never.
    int64_t allocs;
    int64_t alloc_bytes;
    int64_t freed_bytes;
    int64_t peak_bytes;
    int64_t frees;
    int64_t temporary;
    int64_t alloc_variance; ///< [bytes^2]
    int64_t live_variance;  ///< [bytes^2]
};

struct memory_sums_function {
    int64_t own_resident_bytes; ///< Of stacks whose innermost frame of the project it is.
    int64_t own_alloc_bytes;    ///< Likewise.
};

struct memory_sums {
    struct memory_sums_line *lines;         ///< As in the frames.
    struct memory_sums_function *functions; ///< As in the frames.
    struct memory_sums_line total;          ///< All there is.
    bool measured;                          ///< Memory was measured at all.
    bool has_heap;                          ///< Allocations were.
};

/**
 * Add up all memory; free with memory_sums_destroy().
 *
 * @param in_project [frames->n_functions] Whose frames may own memory. Without any on a stack, its
 *        innermost frame does.
 */
struct memory_sums *memory_sums_create(const struct profile *profile, const struct frames *frames,
                                       const bool *in_project);

/** Free it. NULL is allowed. */
void memory_sums_destroy(struct memory_sums *sums);

#endif
