/**
 * @file
 * Stopping traced threads and letting them go.
 */
#ifndef LPROF_TARGET_STEP_STOP_H
#define LPROF_TARGET_STEP_STOP_H

#include "target/step_task.h"

/** Wait until a running task stops; its status is kept for later, as are those of the functions below. */
void step_stop_wait(struct step_task *task);

/** Stop a task. One that already waits is left alone. */
void step_stop_one(struct step_task *task);

/**
 * Stop a task for good: also when it ran into a breakpoint in the very moment, so that it would find a
 * SIGTRAP waiting for it once it is let go.
 */
void step_stop_last(struct step_task *task);

/** Stop all tasks that share the memory of one, but not this one. */
void step_stop_others(struct step_task *tasks, const struct step_task *task);

/** Deliver a signal to a task that stands in a counted function: the first stop is in its handler. */
void step_stop_deliver(struct step_task *task, int signo);

/** Let a stopped task go for good: with its signal, or back at the breakpoint it had just run into. */
void step_stop_detach(struct step_task *task);

/** Whether a task is a thread of a process. */
bool step_stop_is_thread(pid_t pid, pid_t tid);

#endif
