/**
 * @file
 * The regions of a profile as a tree: each with its calls, and the time that was sampled inside.
 */
#ifndef LPROF_REPORT_REGION_SUMS_H
#define LPROF_REPORT_REGION_SUMS_H

#include "profile/profile.h"
#include "report/report.h"

/**
 * @param[out] n_ret How many.
 * @return Each region behind the one that it is inside of, those side by side by their time. Free it with
 *         region_sums_destroy().
 */
struct report_region *region_sums_create(const struct profile *profile, size_t *n_ret);

/** Free them. NULL is allowed. */
void region_sums_destroy(struct report_region *regions, size_t n);

#endif
