/**
 * @file
 * How long a tick of the CPU's time stamp counter takes.
 */
#ifndef LPROF_COLLECT_TICK_RATE_H
#define LPROF_COLLECT_TICK_RATE_H

#include <stdint.h>

/** The counter and CLOCK_MONOTONIC at the same moment, within some 20 ns. */
struct tick_reading {
    uint64_t ticks;
    uint64_t ns;
};

/** Read both. */
struct tick_reading tick_rate_read(void);

/**
 * Measured against CLOCK_MONOTONIC, in two milliseconds; within 0.01 %.
 *
 * @return Times 2^32; 0 when the counter is no clock here [ns].
 */
uint64_t tick_rate_ns(void);

#endif
