/**
 * @file
 * Counters of a profile become the hits of lines and the calls of functions.
 */
#ifndef LPROF_SYMBOLIZE_COUNT_LINES_H
#define LPROF_SYMBOLIZE_COUNT_LINES_H

#include "profile/profile.h"
#include "symbolize/modules.h"

/**
 * Turn all counters into samples: each counted line is a location of kind LINE with its hits and
 * instructions, each counted function one of kind ENTRY with its calls. Functions that were not chosen
 * but hold inlined copies of chosen ones are left out. The counters are gone then.
 *
 * @param sources As for modules_open().
 */
void count_lines(struct profile *profile, const struct modules_sources *sources);

#endif
