/**
 * @file
 * Opening perf events: what to ask the kernel for, how to come down to what it allows, and how to
 * say why it does not.
 *
 * @source perf_event_open(2)
 */
#ifndef LPROF_COLLECT_PERF_OPEN_H
#define LPROF_COLLECT_PERF_OPEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/** What the kernel turned out to allow; opening takes away what it refuses. */
struct perf_open {
    pid_t pid;          ///< The process to watch.
    bool children;      ///< Watch the processes that it forks, too.
    bool counts_kernel; ///< Clocks tick in the kernel.
    bool gives_build_ids;
    bool counts_lost;      ///< Reading an event tells the records that it lost.
    bool gives_page_sizes; ///< Page faults tell how large the page is.
};

/** Everything asked for, nothing refused yet. */
void perf_open_init(struct perf_open *open, pid_t pid, bool children);

/**
 * Open the event that owns a CPU's ring and reports mappings, names, threads and processes; it
 * starts with the next exec.
 *
 * @param ring_bytes Size that the ring will have; a quarter of it wakes the reader.
 * @return 0 or errno.
 */
int perf_open_tracker(struct perf_open *open, int cpu, uint32_t ring_bytes, int *ret);

/** A clock: an event that samples at a fixed period. */
struct perf_open_clock {
    uint64_t period_ns;
    uint32_t stack_bytes; ///< User stack in each sample, a multiple of 8 [bytes].
    bool starts_on_exec;  ///< Otherwise it waits for PERF_EVENT_IOC_ENABLE.
};

/** Open a clock that writes to the ring of `tracker`, on the same CPU. Returns 0 or errno. */
int perf_open_clock(struct perf_open *open, int cpu, int tracker,
                    const struct perf_open_clock *clock, int *ret);

/** An event that tells of every page fault of one kind. */
struct perf_open_faults {
    bool major;           ///< Pages that had to be read, else those that had not.
    uint32_t stack_bytes; ///< As of a clock.
    bool starts_on_exec;  ///< Likewise.
};

/**
 * Open it, beside the clocks. Its samples have PERF_RECORD_FAULT_TYPE, without the size of the page where
 * the kernel does not know. Returns 0 or errno.
 */
int perf_open_faults(struct perf_open *open, int cpu, int tracker,
                     const struct perf_open_faults *faults, int *ret);

/** What an event has counted. */
struct perf_open_count {
    uint64_t value; ///< CPU time of a clock [ns].
    uint64_t lost;  ///< Records that found no room in the ring; 0 when the kernel does not tell.
};

/** Read an event's count, inherited events included. Zeros when it cannot be read. */
struct perf_open_count perf_open_read(const struct perf_open *open, int fd);

/** The kernel's id of an event, as its records carry it. */
uint64_t perf_open_id(int fd);

/**
 * The error for a refused perf_event_open(2), with the way out as its hint.
 *
 * @param paranoid Value of kernel.perf_event_paranoid.
 */
LPROF_MUST_USE struct lprof_error *perf_open_error(int errnum, int paranoid);

/** The value of kernel.perf_event_paranoid; 2, the kernel's default, when it cannot be read. */
int perf_open_paranoid(void);

#endif
