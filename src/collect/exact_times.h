/**
 * @file
 * How long the calls of functions took, in all threads together: what the agent saw (agent/call_times.h)
 * as counters of the functions.
 */
#ifndef LPROF_COLLECT_EXACT_TIMES_H
#define LPROF_COLLECT_EXACT_TIMES_H

#include "collect/collector.h"
#include "collect/exact_install.h"
#include "event/agent_wire.h"

struct exact_times {
    const struct exact_modules *modules;
    struct agent_timer *timers; ///< [modules->timers + 1] By number; sums.
};

/** Nothing yet. Free with exact_times_deinit(). */
void exact_times_init(struct exact_times *ret, const struct exact_modules *modules);

/** Free what it holds; a zeroed struct is allowed. */
void exact_times_deinit(struct exact_times *times);

/** Add what a thread timed. Calls that are underway end now. */
void exact_times_add(struct exact_times *times, const struct agent_times *thread);

/** Tell the times of the functions whose calls were timed. */
void exact_times_tell(const struct exact_times *times, double ns_per_tick,
                      const struct event_sink *sink);

/** What timing cost, when a call costs `call_ns` [ns]. */
double exact_times_cost_ns(const struct exact_times *times, double call_ns);

/** Put into words what timing cost, and what was not timed. `call_ns` as above. */
void exact_times_note(const struct exact_times *times, double call_ns,
                      const struct collector_notes *notes);

#endif
