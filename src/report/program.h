/**
 * @file
 * The main program of a profile: its module, and by its source files the project.
 */
#ifndef LPROF_REPORT_PROGRAM_H
#define LPROF_REPORT_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "profile/profile.h"
#include "report/frames.h"
#include "report/source.h"
#include "select/project.h"

/**
 * Id of the main program's mapping: the first one called as the command, when source files of it are
 * known that are not the system's, else the one with most samples in such files that is no library of
 * the system with relative paths; 0 = none.
 */
uint32_t program_mapping(const struct profile *profile, const struct frames *frames,
                         struct sources *sources);

/**
 * When the sources were last known to be those of the program: when its mapping's file was built, and
 * not later than when it was profiled, for it may have been built again since [s since 1970]; 0 = not
 * known.
 */
int64_t program_newest_source(const struct profile *profile, uint32_t mapping);

/** The project of the main program with this mapping; free with project_destroy(). */
struct project *program_project(const struct frames *frames, uint32_t mapping,
                                struct sources *sources, const struct project_options *options);

/**
 * Which functions belong to the project: flags[frames->n_functions], to be freed.
 *
 * Relative paths in the system's libraries are not the project's, though its own may be relative too.
 */
bool *program_mine(const struct profile *profile, const struct frames *frames, uint32_t mapping,
                   struct sources *sources, const struct project *project);

#endif
