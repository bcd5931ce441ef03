/**
 * @file
 * Counters for each thread: the GS base of every thread points to a block of its own.
 *
 * A thread that is made by pthread_create(3) or thrd_create(3) takes a block before anything of it runs;
 * a forked child takes one when it starts. A vforked child stands in for its parent and counts there.
 */
#ifndef LPROF_AGENT_THREAD_COUNTERS_H
#define LPROF_AGENT_THREAD_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "event/agent_wire.h"

/**
 * Map the blocks and give the first thread its own; once done, that is all. False when it fails: then
 * nothing is to be counted.
 *
 */
bool thread_counters_start(int file, const struct agent_load *order);

/** Measure what timing one call costs [ticks], in the block of the calling thread. */
uint64_t thread_counters_timing_cost(void);

/** What all threads share; NULL before. */
struct agent_area *thread_counters_area(void);

#endif
