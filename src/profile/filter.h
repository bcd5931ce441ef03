/**
 * @file
 * Leaving out samples that are not wanted.
 */
#ifndef LPROF_PROFILE_FILTER_H
#define LPROF_PROFILE_FILTER_H

#include <stdbool.h>

#include "profile/profile.h"

/**
 * Keep the samples whose stack passes through one of some functions, inlined calls of them included.
 *
 * @param profile Symbolized.
 * @param chosen [profile->n_functions] By id - 1.
 * @return How many samples were left out [count].
 */
int64_t filter_through(struct profile *profile, const bool *chosen);

/**
 * Keep what was measured inside of some regions, and of those inside of them. Counted code stays, without
 * counts where it did not run there.
 *
 * @param chosen [profile->n_regions] By id - 1.
 * @return How many samples were left out [count].
 */
int64_t filter_regions(struct profile *profile, const bool *chosen);

/** Leave out all samples. */
void filter_none(struct profile *profile);

#endif
