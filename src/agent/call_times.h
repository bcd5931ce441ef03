/**
 * @file
 * How long calls of functions take, in one thread: copies of functions tell when one is entered and left.
 *
 * Functions that are underway lie on a stack of their own. Not all are left as they should be: an exception
 * or longjmp(3) passes them by, and some jump to another function at their end. Such a one is over when
 * something happens at or above its place on the real stack, and ends then as far as anyone knows. All
 * times are in ticks of the time stamp counter.
 */
#ifndef LPROF_AGENT_CALL_TIMES_H
#define LPROF_AGENT_CALL_TIMES_H

#include <stdint.h>

#include "event/agent_wire.h"

/**
 * A function was entered.
 *
 * @param sp Where its return address lies.
 */
void call_times_enter(struct agent_times *times, uint32_t timer, uint64_t sp, uint64_t now);

/** A function is about to return, or to jump to another one. `sp` as when it was entered. */
void call_times_leave(struct agent_times *times, uint32_t timer, uint64_t sp, uint64_t now);

/** Nothing is underway any more: the thread is gone, or goes on as another one. */
void call_times_forget(struct agent_times *times);

/** What was timed is forgotten, but not what is underway. `size` is that of the times and their timers. */
void call_times_reset(struct agent_times *times, uint64_t size);

/** What copies call, through their thread's block (event/agent_wire.h). No registers change. */
void call_times_entered(void);
void call_times_left(void);

/** Called in place of call_times_entered() while nothing is measured. */
void call_times_ignored(void);

#endif
