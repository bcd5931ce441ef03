/**
 * @file
 * What lprof and the agents in the profiled programs have in common: where the agent is, where it finds
 * lprof, and the counters. What they say to each other is agent_call.h's.
 */
#ifndef LPROF_TARGET_AGENT_LINK_H
#define LPROF_TARGET_AGENT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "target/run_folder.h"

/** The lines, and the counters. */
struct agent_link {
    char *library;            ///< Path of the agent.
    struct run_folder folder; ///< For what programs are to load.
    int socket;               ///< To the first program.
    int peer;                 ///< The agent's end, until the program has been forked; then -1.
    int listener;             ///< Where agents connect; -1 = nowhere.
    char *address;            ///< Of `listener`; "" = none.
    int counters;             ///< The file of the counters.
    uint64_t block_size;      ///< 0 = not known yet.
    uint64_t block_count;
    uint64_t times;        ///< Where in a block the times of calls are; 0 = nowhere.
    uint64_t timer_count;  ///< Functions whose calls are timed.
    uint64_t timing_ticks; ///< What timing a call costs.
    uint64_t since_ns;     ///< When the line was made ...
    uint64_t since_ticks;  ///< ... by the time stamp counter.
};

struct agent_times;

/**
 * Whether an agent can be loaded into a program before it runs: it has to be started by the C library's
 * own loader, and with no more rights than its user's.
 *
 * @param program As exec_program() takes it.
 * @return NULL, or UNSUPPORTED with what stands in the way. A program that is not found passes.
 */
LPROF_MUST_USE struct lprof_error *agent_link_check(const char *program);

/** The same for a file. `program` is its name for the user. */
LPROF_MUST_USE struct lprof_error *agent_link_check_file(const char *program, const char *path);

/**
 * Find the agent beside lprof, and make the line.
 *
 * @param[out] ret Release with agent_link_close().
 */
LPROF_MUST_USE struct lprof_error *agent_link_open(struct agent_link *ret);

/** Release all; a zeroed struct is allowed. */
void agent_link_close(struct agent_link *link);

/** In the child, before exec: let the program load the agent. */
void agent_link_enter(const struct agent_link *link);

/** In lprof, after the fork: give up the agent's end, so that its end shows. */
void agent_link_forked(struct agent_link *link);

/**
 * Make room for so many counters, and timers, for each of many threads. Once made, it does not grow.
 *
 * @return NULL, or UNSUPPORTED when there is no room for so many.
 */
LPROF_MUST_USE struct lprof_error *agent_link_size(struct agent_link *link, size_t slots,
                                                   size_t timers);

/** How long a tick of the time stamp counter is [ns]. Not to be asked for at once. */
double agent_link_tick_ns(const struct agent_link *link);

/** Shown a thread's counters, and its times; NULL = calls are not timed. */
typedef void agent_link_see(void *context, const uint64_t *slots, const struct agent_times *times);

/**
 * Show the counters of one thread after the other, as many as there are; those of each region by themselves,
 * and without what was not to be measured.
 *
 * @param n How many counters of each.
 */
void agent_link_each(const struct agent_link *link, size_t n, agent_link_see *see, void *context);

/** As agent_link_each(), of what was counted inside of one region alone. */
void agent_link_each_in(const struct agent_link *link, uint64_t region, size_t n,
                        agent_link_see *see, void *context);

/**
 * The regions that something was counted in.
 *
 * @param[out] ret In rising order, each once. Free it.
 * @return How many.
 */
size_t agent_link_regions(const struct agent_link *link, uint64_t **ret);

/** As agent_link_sum(), of one region. */
void agent_link_sum_in(const struct agent_link *link, uint64_t region, uint64_t *slots, size_t n);

/** How often an agent could not tell that its program runs another one, or opens libraries. */
uint64_t agent_link_unheard(const struct agent_link *link);

/**
 * Where a fault was that ended a program.
 *
 * @return False when none has.
 */
bool agent_link_fault(const struct agent_link *link, int *signo_ret, uint64_t *addr_ret);

/**
 * Add the counters up over all threads, but for what was not to be measured.
 *
 * @param[out] slots [n]
 * @return How many threads had no counters of their own: their counts may be too low.
 */
uint64_t agent_link_sum(const struct agent_link *link, uint64_t *slots, size_t n);

#endif
