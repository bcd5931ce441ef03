/**
 * @file
 * How a profile was made: filling its meta.
 */
#ifndef LPROF_API_RECORD_META_H
#define LPROF_API_RECORD_META_H

#include "collect/collector.h"
#include "profile/profile.h"

/**
 * What is known at the start: the command, this machine, now, this folder.
 *
 * @param sampler Name of the collector, or "none".
 */
void record_meta_start(struct profile *profile, char *const argv[], const char *mode_asked,
                       const char *sampler, uint32_t rate_hz);

/** What is known at the end, besides what ingest counts. */
void record_meta_end(struct profile *profile, const struct collector_totals *totals,
                     int64_t wall_ns, int exit_status);

#endif
