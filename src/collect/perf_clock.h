/**
 * @file
 * How often the clocks tick. One fixed period beats with the rhythm of a periodic program; two
 * clocks whose periods share no divisor do not. Each clock counts all CPU time, so a tick of either
 * stands for its period divided by the number of clocks.
 */
#ifndef LPROF_COLLECT_PERF_CLOCK_H
#define LPROF_COLLECT_PERF_CLOCK_H

#include <stdint.h>

/** Clocks that tick at the same time. */
#define PERF_CLOCKS 2

/** How long the beginning lasts in which a program is sampled faster [ns]. */
#define PERF_CLOCK_BOOST_NS 100000000

/**
 * The periods for a rate.
 *
 * @param rate_hz Ticks per CPU second of both clocks together, at least 1. Above 190 000 it is
 * taken as 190 000, since the kernel lets no software clock tick faster than every 10 us.
 * @param[out] ret Coprime, about 11 : 12 [ns].
 */
void perf_clock_periods(uint32_t rate_hz, uint64_t ret[PERF_CLOCKS]);

/** The rate at the beginning: four times `rate_hz`, up to 4000; 0 when `rate_hz` is that fast
 * itself. */
uint32_t perf_clock_boost(uint32_t rate_hz);

/** CPU time that one tick stands for [ns]. */
uint64_t perf_clock_weight(uint64_t period_ns);

#endif
