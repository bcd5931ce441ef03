/**
 * @file
 * The clock that regions are timed by.
 */
#ifndef LPROF_REGIONS_CLOCK_H
#define LPROF_REGIONS_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "event/region_wire.h"

/** Now [ticks]. `ns_per_tick` as in struct region_wire_header. */
static inline uint64_t clock_now(uint64_t ns_per_tick)
{
    struct timespec now;

    if (__builtin_expect(ns_per_tick != 0, 1))
        return __builtin_ia32_rdtsc();
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/** A duration [ns]; 0 when the counter went backwards. */
static inline uint64_t clock_ns(uint64_t ns_per_tick, uint64_t start, uint64_t end)
{
    return end > start ? region_wire_ns(ns_per_tick, end - start) : 0;
}

#endif
