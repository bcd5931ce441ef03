/**
 * @file
 * Starting the program to profile: a child that waits at the door until capture is ready.
 */
#ifndef LPROF_TARGET_SPAWN_H
#define LPROF_TARGET_SPAWN_H

#include <sys/types.h>

#include "base/error.h"

/** A started program. */
struct spawn {
    pid_t pid;
    int pidfd;    ///< Readable when the program has ended.
    int gate;     ///< Writing end: closing it, or a byte, lets the child go on to exec.
    int failure;  ///< Reading end: the errno of a failed exec arrives here; end of file = exec worked.
};

/**
 * Fork a child that waits for spawn_release() and then runs the program as the shell would find it.
 * A text file without #! runs through /bin/sh, as execvp(3) does.
 *
 * The child keeps standard input, output and error, and gets the signal state lprof was started with.
 *
 * @param argv NULL-terminated; argv[0] is looked up in PATH.
 * @return NULL, or a TARGET error.
 */
LPROF_MUST_USE struct lprof_error *spawn_start(char *const argv[], struct spawn *ret);

/**
 * Let the child run the program.
 *
 * @return NULL once the program runs, or a TARGET error whose `errnum` is that of exec (the child is
 *         then reaped). spawn_exit_status() turns it into 126 or 127.
 */
LPROF_MUST_USE struct lprof_error *spawn_release(struct spawn *spawn);

/** Give up before spawn_release(): the child ends without running anything, and is reaped. */
void spawn_cancel(struct spawn *spawn);

/** Wait for the program and reap it. `*ret` is its exit status as a shell tells it: 128+N for signal N. */
LPROF_MUST_USE struct lprof_error *spawn_wait(struct spawn *spawn, int *ret);

/** Close the descriptors. A zeroed or already closed struct is allowed. */
void spawn_deinit(struct spawn *spawn);

/** Exit status for a program that could not be run: 127 when it was not found, else 126. */
int spawn_exit_status(const struct lprof_error *err);

#endif
