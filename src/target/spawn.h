/**
 * @file
 * Starting the program to profile: a child that waits at the door until capture is ready.
 */
#ifndef LPROF_TARGET_SPAWN_H
#define LPROF_TARGET_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "target/agent_link.h"
#include "target/signals.h"

/** A started program. */
struct spawn {
    pid_t pid;   ///< 0 = nothing was started, or it has been reaped.
    int pidfd;   ///< Readable when the program has ended; -1 when the kernel has no pidfd_open(2).
    int gate;    ///< Our end of a socket: a byte lets the child go on, end of file ends it.
    int failure; ///< Reading end: an exec_failure arrives here; end of file = exec worked.
    const char *program; ///< argv[0], borrowed.
};

/**
 * Fork a child that waits for spawn_release() and then runs the program as the shell would find it.
 * A text file without #! runs through /bin/sh, as execvp(3) does. When lprof dies before
 * spawn_release(), the child ends without running anything.
 *
 * The child keeps standard input, output and error. An ignored SIGCHLD gets its default action back
 * in the caller, since an ignored one would lose the exit status.
 *
 * @param argv NULL-terminated; argv[0] is looked up in PATH. Must outlive `*ret`.
 * @param signals The signal state that the program starts with.
 * @param agent What the program is to load; NULL = nothing.
 * @param[out] ret Release with spawn_deinit(). Untouched on error.
 * @return NULL, or a TARGET error.
 */
LPROF_MUST_USE struct lprof_error *spawn_start(char *const argv[], const struct signals *signals,
                                               struct agent_link *agent, struct spawn *ret);

/**
 * Let a process other than ours trace the child until it runs the program: where Yama restricts
 * ptrace(2), only its own parents may.
 *
 * @return NULL, or a TARGET error: the child is gone.
 */
LPROF_MUST_USE struct lprof_error *spawn_allow_tracer(struct spawn *spawn);

/**
 * Let the child run the program.
 *
 * @return NULL once the program runs, or a TARGET error whose `errnum` is that of exec (the child
 * is then reaped). spawn_exit_status() turns it into 126 or 127.
 */
LPROF_MUST_USE struct lprof_error *spawn_release(struct spawn *spawn);

/** Give up before spawn_release(): the child ends without running anything, and is reaped. */
void spawn_cancel(struct spawn *spawn);

/** Whether the program has ended and waits to be reaped. */
bool spawn_has_ended(const struct spawn *spawn);

/** Wait for the program and reap it. `*ret` is its exit status as a shell tells it: 128+N for
 * signal N. */
LPROF_MUST_USE struct lprof_error *spawn_wait(struct spawn *spawn, int *ret);

/** Close the descriptors. A zeroed or already closed struct is allowed. */
void spawn_deinit(struct spawn *spawn);

/** Exit status for a program that could not be run: 127 when it was not found, else 126. */
int spawn_exit_status(const struct lprof_error *err);

#endif
