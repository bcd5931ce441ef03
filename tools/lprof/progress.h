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
#include "report/source.h"

/** symbolize_profile() under a bar; `quiet` = without. `kept` may be NULL. */
void progress_symbolize(struct profile *profile, const struct kept *kept, bool quiet);

struct progress_sources; // opaque

/**
 * What fetches the sources of a profile's report from servers, where the environment names some, with a line
 * shown meanwhile; `quiet` = without.
 *
 * @param profile Must outlive it.
 * @param[out] ret Untouched when there are no servers.
 * @return Free with progress_sources_destroy(), after the report.
 */
struct progress_sources *progress_sources_create(const struct profile *profile, bool quiet,
                                                 struct source_fetcher *ret);

/** Free it. */
void progress_sources_destroy(struct progress_sources *sources);

/** examine_program(), with servers asked and a line shown while they are. */
struct lprof_error *progress_examine(struct findings *findings, const char *program);

#endif
