/**
 * @file
 * How long a tick of the CPU's time stamp counter takes.
 */
#ifndef LPROF_COLLECT_TICK_RATE_H
#define LPROF_COLLECT_TICK_RATE_H

#include <stdint.h>

/**
 * As the kernel has measured it.
 *
 * @return Times 2^32; 0 when the counter is no clock here, or the kernel does not tell [ns].
 * @source perf_event_open(2), cap_user_time
 */
uint64_t tick_rate_ns(void);

#endif
