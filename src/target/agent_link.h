/**
 * @file
 * Lprof's end of the line to the agent in the profiled program (event/agent_wire.h).
 */
#ifndef LPROF_TARGET_AGENT_LINK_H
#define LPROF_TARGET_AGENT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/** The line, and the counters. */
struct agent_link {
    char *library; ///< Path of the agent.
    int socket;
    int peer;     ///< The agent's end, until the program has been forked; then -1.
    int counters; ///< The file of the counters.
    uint64_t block_size;
    uint64_t block_count;
};

/**
 * Whether an agent can be loaded into a program before it runs: it has to be started by the C library's
 * own loader, and with no more rights than its user's.
 *
 * @param program As exec_program() takes it.
 * @return NULL, or UNSUPPORTED with what stands in the way. A program that is not found passes.
 */
LPROF_MUST_USE struct lprof_error *agent_link_check(const char *program);

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
 * Take the agent's greeting.
 *
 * @param[out] since_ret CLOCK_MONOTONIC at which the program began to wait [ns].
 * @return False when it is none: the program ended or runs without the agent.
 */
bool agent_link_greeted(struct agent_link *link, pid_t *ret, uint64_t *since_ret);

/** Make room for so many counters for each of many threads. */
LPROF_MUST_USE struct lprof_error *agent_link_size(struct agent_link *link, size_t slots);

/**
 * Let the agent load a file.
 *
 * @param[out] bias_ret Where, against the addresses in the file.
 */
LPROF_MUST_USE struct lprof_error *agent_link_load(struct agent_link *link, const char *path,
                                                   uint64_t *bias_ret);

/** Let the program run: the agent hangs up then. */
void agent_link_go(struct agent_link *link);

/** Show the counters of one thread after the other, as many as there are. */
void agent_link_each(const struct agent_link *link,
                     void (*see)(void *context, const uint64_t *slots), void *context);

/**
 * Add the counters up over all threads.
 *
 * @param[out] slots [n]
 * @return How many threads had no counters of their own: their counts may be too low.
 */
uint64_t agent_link_sum(const struct agent_link *link, uint64_t *slots, size_t n);

#endif
