/**
 * @file
 * From addresses to source: gives every location of a profile its lines. Each distinct address is
 * looked up once. What cannot be found keeps a name that says where it lies: "[libc.so.6]",
 * "[unknown]", "[kernel]".
 */
#ifndef LPROF_SYMBOLIZE_SYMBOLIZE_H
#define LPROF_SYMBOLIZE_SYMBOLIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "object/kept.h"
#include "profile/profile.h"

/** What is called now and then while the work goes on. */
struct symbolize_progress {
    /** How far the work is; `done` goes up to `total`. */
    void (*report)(void *context, size_t done, size_t total);
    /** Debug info comes from a server, as told by debug_server_progress. NULL = not of interest. */
    bool (*fetch)(void *context, const char *what, int64_t received, int64_t total);
    void *context;
};

/**
 * Symbolize all locations that have no lines yet.
 *
 * Modules whose file is gone or has another build id now, or whose debug info is broken, are told in
 * the profile's notes; their samples keep the best name there is. Debug info that is not on this
 * machine is asked for from servers, where DEBUGINFOD_URLS names some.
 *
 * @param kept Stand in for files that are gone; may be NULL.
 * @param progress May be NULL.
 */
void symbolize_profile(struct profile *profile, const struct kept *kept,
                       const struct symbolize_progress *progress);

#endif
