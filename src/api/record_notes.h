/**
 * @file
 * What a recording could not see, as notes of its profile.
 */
#ifndef LPROF_API_RECORD_NOTES_H
#define LPROF_API_RECORD_NOTES_H

#include "collect/collector.h"
#include "profile/profile.h"

/**
 * Compare what was sampled with what was counted and add the notes `too-short`, `kernel-time-unplaced`,
 * `short-tasks`, `late-clock` and `kernel-memory-unseen` where they apply. (Lost records and throttled clocks are events, noted by ingest.)
 *
 * @param profile Its threads and processes have been counted.
 * @param asked What was to be measured.
 * @param paranoid Value of kernel.perf_event_paranoid.
 */
void record_notes_add(struct profile *profile, const struct collector_totals *totals,
                      const struct collector_options *asked, int paranoid);

/** Add what is to be noted of counts that were lost. */
void record_notes_counts(struct profile *profile, const struct collector_totals *totals);

/** Note that the program was not measured from its start on; 0 = it was. */
void record_notes_delay(struct profile *profile, int64_t delay_ns);

#endif
