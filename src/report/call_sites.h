/**
 * @file
 * Where the project uses foreign functions: of each sample, the project's line that is next further out
 * than the function, be it inlined there or called, directly or by others.
 */
#ifndef LPROF_REPORT_CALL_SITES_H
#define LPROF_REPORT_CALL_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"
#include "report/frames.h"

struct call_site {
    uint32_t function; ///< As in the frames.
    uint32_t line;     ///< As in the frames.
    int64_t time_ns;   ///< Of samples with the function, its innermost place on the stack there.
};

/**
 * All of a profile, by function, the largest of each first.
 *
 * @param mine [frames->n_functions] Which functions are the project's.
 * @return [*n_ret] Free it.
 */
struct call_site *call_sites_create(const struct profile *profile, const struct frames *frames,
                                    const bool *mine, size_t *n_ret);

#endif
