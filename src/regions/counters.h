/**
 * @file
 * Exact counts by region: while a thread is in one, it counts in counters of their own.
 */
#ifndef LPROF_REGIONS_COUNTERS_H
#define LPROF_REGIONS_COUNTERS_H

#include <stdint.h>

/** Counts of what the program does not want to be measured; not a context. */
#define COUNTERS_PAUSED 0xffffffffu

/** Find the agent that counts, if there is one. */
void counters_start(void);

extern uint8_t counters_found;

/** Whether there is one. */
static inline int counters_are_on(void)
{
    return (int)__builtin_expect(counters_found, 0);
}

/** The calling thread counts in this context from now on; 0 = in none. */
void counters_switch(uint32_t context);

/** The process was forked: the counters of the thread before are not its own. */
void counters_forked(void);

/** Forget all counts. */
void counters_reset(void);

#endif
