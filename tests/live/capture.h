/**
 * @file
 * Running a program under a collector in a test: what came, and the CPU time by the kernel's
 * account.
 */
#ifndef TESTS_LIVE_CAPTURE_H
#define TESTS_LIVE_CAPTURE_H

#include "collect/collector.h"

/** What a run has shown. */
struct capture {
    struct collector_totals totals;
    uint64_t events[EVENT_THROTTLE + 1]; ///< By kind.
    uint64_t sampled_ns;
    uint64_t kernel_ns;  ///< Of samples in the kernel.
    uint64_t with_stack; ///< Samples with registers and stack.
    uint64_t disordered; ///< Events older than the one before.
    uint64_t main_ns;    ///< Sampled in the first process.
    uint64_t threads;    ///< Different thread ids in samples, up to 64.
    uint64_t build_ids;  ///< Maps with a build id.
    uint64_t fast;       ///< Samples of less than 300 us.
    double rusage_ns;    ///< User and system time of all its processes that were waited for.
    double wall_ns;
    int exit_status;
};

/**
 * Run a program. An error is printed and gives an `exit_status` of -1.
 *
 * @param stall_ms Time between two drains; 0 = whenever the collector asks for it.
 */
struct capture capture_run(const struct collector_options *options, int stall_ms,
                           char *const argv[]);

#endif
