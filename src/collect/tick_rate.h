/**
 * @file
 * How long a tick of the CPU's time stamp counter takes.
 */
#ifndef LPROF_COLLECT_TICK_RATE_H
#define LPROF_COLLECT_TICK_RATE_H

#include <stdint.h>

/**
 * Measured against CLOCK_MONOTONIC, in two milliseconds; within 0.01 %.
 *
 * @return Times 2^32; 0 when the counter is no clock here [ns].
 */
uint64_t tick_rate_ns(void);

#endif
