/**
 * @file
 * One CPU's perf events: a ring, the tracker that owns it, and the clocks and the events of page faults
 * that write to it.
 *
 * The tracker reports mappings, names, threads and processes. A fast pair of clocks starts with the
 * program and is closed after PERF_CLOCK_BOOST_NS; the slow pair is enabled at that moment. The
 * slow pair must not start on exec, since the program may exec again before.
 */
#ifndef LPROF_COLLECT_PERF_CPU_H
#define LPROF_COLLECT_PERF_CPU_H

#include "collect/perf_clock.h"
#include "collect/perf_open.h"
#include "collect/perf_record.h"
#include "collect/perf_ring.h"

/** Descriptors are -1 when not open; a CPU without a tracker has nothing. */
struct perf_cpu {
    int cpu;
    int tracker;
    int fast[PERF_CLOCKS];
    int slow[PERF_CLOCKS];
    int faults[PERF_RECORD_FAULTS];
    struct perf_ring ring;
    struct perf_record_clocks clocks;
};

/** Descriptors that one CPU needs. */
#define PERF_CPU_DESCRIPTORS (1 + 2 * PERF_CLOCKS + PERF_RECORD_FAULTS)

/** Nothing open. */
void perf_cpu_init(struct perf_cpu *events, int cpu);

/** Close everything, which leaves it as after perf_cpu_init() but for the clocks' ids. */
void perf_cpu_close(struct perf_cpu *events);

/** Open the tracker. A CPU that is offline stays without one. Returns 0 or errno. */
int perf_cpu_open_tracker(struct perf_cpu *events, struct perf_open *open, size_t ring_bytes);

/**
 * Open the clocks for a rate; at rates below the boost's, the fast pair too.
 *
 * @param starts_on_exec Else they wait for perf_cpu_start().
 * @return 0 or errno.
 */
int perf_cpu_open_clocks(struct perf_cpu *events, struct perf_open *open, uint32_t rate_hz,
                         uint32_t stack_bytes, bool starts_on_exec);

/** Start the clocks that come first: the fast pair if there is one. */
void perf_cpu_start(struct perf_cpu *events);

/** Open the events of page faults. Returns 0 or errno. */
int perf_cpu_open_faults(struct perf_cpu *events, struct perf_open *open, uint32_t stack_bytes,
                         bool starts_on_exec);

/** Stop the fast clocks and start the slow ones. */
void perf_cpu_hand_over(struct perf_cpu *events);

/** Add what the open clocks and the tracker have counted, all together, and what page faults lost. */
void perf_cpu_count(const struct perf_cpu *events, const struct perf_open *open,
                    struct perf_open_count *sum);

/** Add what the fast clocks have counted, and close them. Their records may still be in the ring.
 */
void perf_cpu_close_fast(struct perf_cpu *events, const struct perf_open *open,
                         struct perf_open_count *sum);

#endif
