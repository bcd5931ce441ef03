/**
 * @file
 * What the regions of a profile are called, and how long their calls took.
 */
#ifndef LPROF_PROFILE_REGIONS_H
#define LPROF_PROFILE_REGIONS_H

#include "profile/profile.h"

/** The bucket of a duration: below 32 ns one each, then 32 for each power of two. */
size_t regions_bucket(int64_t ns);

/** The middle of a bucket [ns]. */
int64_t regions_bucket_ns(size_t bucket);

/**
 * The duration that a share of a region's calls did not exceed, as exact as the buckets: within 1.6 %.
 *
 * @param share 0 to 1; 0.5 = the median.
 * @return 0 without calls [ns].
 */
int64_t regions_percentile_ns(const struct profile_region *region, double share);

/** The names of a region and those around it, outermost first: "load/parse". Free it. */
char *regions_path(const struct profile *profile, uint32_t region);

/**
 * Find the regions whose name, or path as regions_path() has it, a glob matches.
 *
 * @param[out] chosen [profile->n_regions] By id - 1; what is true stays.
 * @return Whether there is any.
 */
bool regions_match(const struct profile *profile, const char *glob, bool *chosen);

#endif
