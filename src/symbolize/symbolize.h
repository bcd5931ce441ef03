/**
 * @file
 * From addresses to source: gives every location of a profile its lines. Each distinct address is
 * looked up once. What cannot be found keeps a name that says where it lies: "[libc.so.6]",
 * "[unknown]", "[kernel]".
 */
#ifndef LPROF_SYMBOLIZE_SYMBOLIZE_H
#define LPROF_SYMBOLIZE_SYMBOLIZE_H

#include <stddef.h>

#include "profile/profile.h"

/** Called now and then with how far the work is; `done` goes up to `total`. */
struct symbolize_progress {
    void (*report)(void *context, size_t done, size_t total);
    void *context;
};

/**
 * Symbolize all locations that have no lines yet.
 *
 * Modules whose file is gone or has another build id now, or whose debug info is broken, are told in
 * the profile's notes; their samples keep the best name there is.
 *
 * @param progress May be NULL.
 */
void symbolize_profile(struct profile *profile, const struct symbolize_progress *progress);

#endif
