/**
 * @file
 * A progress bar on stderr's terminal while debug info is read, when that takes long enough to
 * wonder, and a line while it is fetched, which Ctrl-C skips.
 */
#ifndef LPROF_TOOL_PROGRESS_H
#define LPROF_TOOL_PROGRESS_H

#include "doctor/findings.h"
#include "object/kept.h"
#include "profile/profile.h"

/** symbolize_profile() under a bar; `quiet` = without. `kept` may be NULL. */
void progress_symbolize(struct profile *profile, const struct kept *kept, bool quiet);

/** examine_program(), with servers asked and a line shown while they are. */
struct lprof_error *progress_examine(struct findings *findings, const char *program);

#endif
