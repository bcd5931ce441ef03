/**
 * @file
 * Saving what was measured up to now while the program runs on.
 *
 * A forked process of lprof does it, from its copy of everything, so that nothing of the run changes.
 */
#ifndef LPROF_API_RECORD_DUMP_H
#define LPROF_API_RECORD_DUMP_H

#include <sys/types.h>

#include "collect/region_area.h"
#include "object/kept.h"
#include "profile/profile.h"

/** A zeroed struct has nothing to do. */
struct record_dump {
    pid_t pid; ///< Of the process that saves; 0 = there is none.
};

/** Hand over the profile of up to now, finished but for its symbols, in the process that saves. */
typedef struct profile *record_dump_take(void *context, struct kept *kept);

/** Begin to save when the program has asked for it, and answer it when that is done. */
void record_dump_serve(struct record_dump *dump, struct region_area *area, record_dump_take *take,
                       void *context);

/** Let what is being saved come to its end. */
void record_dump_deinit(struct record_dump *dump);

#endif
