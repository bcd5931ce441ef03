/**
 * @file
 * The regions of a program while it is recorded: having it tell of them, and what to say of that.
 */
#ifndef LPROF_API_RECORD_REGIONS_H
#define LPROF_API_RECORD_REGIONS_H

#include "api/record.h"
#include "collect/region_area.h"
#include "target/preload.h"

/** A zeroed struct has no regions. */
struct record_regions {
    struct region_area *area; ///< NULL = the program has none, or cannot tell.
    const char *objection;    ///< Why it cannot.
    struct preload preload;
};

/** Before the program is started: get it to tell. Of a program without regions this does nothing. */
LPROF_MUST_USE struct lprof_error *record_regions_begin(struct record_regions *regions,
                                                        const struct record_options *options);

/** Behind the start of the process that will run the program. */
void record_regions_started(struct record_regions *regions, pid_t pid);

/** Add the notes. */
void record_regions_note(const struct record_regions *regions, struct profile *profile);

/** Free it. */
void record_regions_deinit(struct record_regions *regions);

#endif
