/**
 * @file
 * A conversation with the agent in a program, which waits until it ends (event/agent_wire.h).
 */
#ifndef LPROF_TARGET_AGENT_CALL_H
#define LPROF_TARGET_AGENT_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "event/agent_wire.h"
#include "target/agent_link.h"

/** An agent on the line. */
struct agent_call {
    struct agent_link *link;
    int socket;
    pid_t pid;
    enum agent_event event;
    uint64_t since_ns; ///< CLOCK_MONOTONIC at which the program began to wait.
    struct agent_hook hooks[AGENT_HOOKS_MAX];
    size_t hook_count;
};

/** What is to be loaded. */
struct agent_code {
    const char *path; ///< NULL = nothing, but the counters.
    uint64_t addr;    ///< Where its code is to be mapped; 0 = let the program's loader load it.
    uint64_t offset;  ///< Of the code in the file; of use with `addr`.
    uint64_t size;    ///< Of the code.
};

/**
 * Take the greeting of the first program.
 *
 * @param[out] ret End it with agent_call_end().
 * @return False when it is none: the program ended or runs without the agent.
 */
bool agent_call_first(struct agent_link *link, struct agent_call *ret);

/**
 * Take the greeting of the next agent that connected. The others are not waited for.
 *
 * @param[out] ret End it with agent_call_end().
 * @return False when there is none.
 */
bool agent_call_next(struct agent_link *link, struct agent_call *ret);

/**
 * Let the agent map the counters and load a file.
 *
 * @param[out] bias_ret Where, against the addresses in the file.
 */
LPROF_MUST_USE struct lprof_error *
agent_call_load(struct agent_call *call, const struct agent_code *code, uint64_t *bias_ret);

/** The file that a process is about to run, as lprof sees it. Free it; NULL when it was not told. */
char *agent_call_program(struct agent_call *call);

/** Say whether that program is to load the agent. */
void agent_call_answer(struct agent_call *call, bool yes);

/** Let the program go on. */
void agent_call_end(struct agent_call *call);

#endif
