/**
 * @file
 * The loop that traces: steps threads through counted functions and lets them run freely elsewhere.
 *
 * Breakpoints lie at the entry of each counted function, at its landing pads, and behind each call that
 * was stepped: wherever control can come in, by a return, an exception, longjmp(3) or a switch of
 * coroutines. They stay; to pass one, the byte is put back for one step while all other threads are
 * stopped. A signal handler that interrupts a step runs freely; a breakpoint where it comes back to goes
 * on with the stepping.
 */
#ifndef LPROF_TARGET_STEPPER_H
#define LPROF_TARGET_STEPPER_H

#include "target/step_count.h"
#include "target/step_memory.h"

/** A thread or process that was followed. */
struct step_birth {
    pid_t pid;
    pid_t tid;
    pid_t parent_pid; ///< Its own for the first.
    pid_t parent_tid;
};

struct stepper {
    struct step_task *tasks;   ///< A uthash table.
    struct step_birth *births; ///< [n_births] In order.
    size_t n_births;
    size_t births_capacity;
    struct step_plans plans;
    struct step_count count;
    struct step_rescue *rescue; ///< Where breakpoints are noted, or NULL.
    bool children;              ///< Follow forks.
    bool failed;                ///< The program was lost to another tracer or the like.
};

/** Get ready. Release with stepper_deinit(). */
void stepper_init(struct stepper *stepper, const struct step_planner *planner, bool children);

/** Free all. */
void stepper_deinit(struct stepper *stepper);

/** Begin to trace a process that has not run its program yet. 0, or errno. */
int stepper_seize(struct stepper *stepper, pid_t pid);

/** Handle all stops there are, without waiting. False when no task is left. */
bool stepper_work(struct stepper *stepper);

/** Take all breakpoints out and let all tasks go. */
void stepper_let_go(struct stepper *stepper);

#endif
