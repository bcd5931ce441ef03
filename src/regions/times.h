/**
 * @file
 * The times of a context in one thread.
 */
#ifndef LPROF_REGIONS_TIMES_H
#define LPROF_REGIONS_TIMES_H

#include "event/region_wire.h"

/** Add 1 in one instruction: a signal that comes before or behind it loses nothing. */
static inline void times_count(uint64_t *number)
{
    __asm__("incq %0" : "+m"(*number));
}

/** Add a call. `nested`: inside of another one of the same context. */
static inline void times_add(struct region_wire_times *times, uint64_t ns, int nested)
{
    times_count(&times->calls);
    times_count(&times->buckets[region_wire_bucket(ns)]);
    if (!nested)
        __asm__("addq %1, %0" : "+m"(times->total_ns) : "r"(ns));
    if (!times->min_ns || ns + 1 < times->min_ns)
        times->min_ns = ns + 1;
    if (ns > times->max_ns)
        times->max_ns = ns;
}

#endif
