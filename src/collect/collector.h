/**
 * @file
 * Collectors: sources of events. Each way of capturing fills the same struct of operations.
 */
#ifndef LPROF_COLLECT_COLLECTOR_H
#define LPROF_COLLECT_COLLECTOR_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "event/event.h"
#include "select/choice.h"
#include "target/agent_link.h"

/** What is told of the heap. */
enum collector_alloc {
    COLLECTOR_ALLOC_NONE,
    COLLECTOR_ALLOC_SAMPLED, ///< Samples by bytes.
    COLLECTOR_ALLOC_FULL,    ///< Every allocation.
};

/** What is to be measured. */
struct collector_options {
    uint32_t rate_hz;                    ///< Samples per CPU second, over all clocks; 0 = none.
    int64_t delay_ns;                    ///< Wait so long before sampling.
    bool children;                       ///< Follow fork and exec.
    bool step;                           ///< Count by stepping instead of sampling.
    bool memory;                         ///< Tell of the pages that become resident.
    bool exact;                          ///< Count exactly, besides sampling.
    bool time_calls;                     ///< Time the calls of what is counted exactly.
    struct agent_link *agent;            ///< What counts exactly; set by who starts the program.
    enum collector_alloc alloc;          ///< Of use with `memory` alone.
    struct heap_ring *heap;              ///< Where programs tell of their heap; NULL = nowhere.
    const struct choice_options *choice; ///< What to count.
};

/** What a collector knows at the end, besides its events. */
struct collector_totals {
    uint64_t counted_ns;  ///< CPU time by the kernel's own count, threads and children included.
    bool counts_kernel;   ///< Samples and page faults in the kernel were allowed.
    uint64_t lost;        ///< Records that the kernel dropped.
    uint64_t throttled;   ///< Times that the kernel held a clock back.
    uint32_t stack_bytes; ///< User stack in each sample [bytes].
    size_t ring_bytes;    ///< Buffer for each CPU [bytes].
    uint64_t steps;       ///< Instructions counted one by one.
    bool counts_lost;     ///< What was counted did not arrive.
    uint64_t waited_ns;   ///< How long the program waited for being changed, before its start.
    uint64_t counting_ns; ///< CPU time that counting took, estimated.
    size_t counted;       ///< Functions counted exactly.
    size_t refused;       ///< Functions chosen but not counted.
};

/** Who receives what is to be noted: as builder_note() takes it. */
struct collector_notes {
    void (*receive)(void *context, const char *code, int64_t count, const char *text,
                    const char *hint);
    void *context;
};

struct collector; // opaque, one definition per collector

struct collector_ops {
    const char *name; ///< As in the profile's `sampler`.

    /**
     * Get ready to capture a process that has not run its program yet.
     *
     * @return NULL, or: PERMISSION or UNSUPPORTED with a hint that says what to do.
     */
    struct lprof_error *(*open)(const struct collector_options *options, pid_t pid,
                                struct collector **ret);

    /** File descriptors that become readable when events wait: fills `fds`, returns their number.
     */
    size_t (*poll_fds)(const struct collector *collector, struct pollfd *fds, size_t room);

    /**
     * Hand on the events that came since the last call, in the order of their times, and do what is due:
     * to be called several times a second.
     *
     * @param last Hand on everything; otherwise what a slower CPU may still precede is kept.
     */
    void (*drain)(struct collector *collector, const struct event_sink *sink, bool last);

    /** Tell the counts up to now, which drain() tells at the end; NULL = it has none. */
    void (*tell)(struct collector *collector, const struct event_sink *sink);

    /** The program waited until now before its start; NULL = that does not matter. */
    void (*started)(struct collector *collector);

    /** Put what it has to say for itself into words; NULL = nothing. */
    void (*note)(const struct collector *collector, const struct collector_notes *notes);

    /** The totals so far. */
    void (*totals)(const struct collector *collector, struct collector_totals *ret);

    void (*destroy)(struct collector *collector);
};

/**
 * Sampling by perf_event_open(2): two software clocks, four times as fast in the first 100 ms. Each sample
 * has 16 KiB of stack; 8 KiB where the kernel grants less than 1 MiB of buffer for each CPU, which
 * happens to users with a low limit of locked memory. With `memory`, every page fault is an event with a
 * stack of 2 KiB.
 */
extern const struct collector_ops collect_perf;

/**
 * Counting by stepping (target/stepper.h): exact and slow. The counts come with the last drain().
 */
extern const struct collector_ops collect_step;

/**
 * Counting by copies of functions that count (rewrite/rewrite.h), besides sampling as collect_perf does.
 * The counts come with the last drain().
 */
extern const struct collector_ops collect_exact;

#endif
