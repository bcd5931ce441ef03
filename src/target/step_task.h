/**
 * @file
 * A traced thread: what it is about to execute, and the counted calls that are underway in it.
 */
#ifndef LPROF_TARGET_STEP_TASK_H
#define LPROF_TARGET_STEP_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uthash.h>

#include "target/step_memory.h"

/** A call of a counted function that is underway. */
struct step_call {
    const struct step_plan *plan;
    uint32_t function;
    uint64_t sp;    ///< Where its return address lies.
    uint64_t back;  ///< Its return address.
    uint32_t outer; ///< The chain of calls that led to it (step_times.h).
};

struct step_task {
    pid_t tid;
    pid_t pid;
    struct step_memory *memory; ///< NULL until it is known whose child it is.
    bool stopped;               ///< It waits for us.
    bool has_status;            ///< `status` was collected and has not been handled yet.
    int status;
    bool in_vfork;  ///< Waits for its child to run a program: cannot be stopped.
    bool listening; ///< Stopped by a signal such as SIGSTOP, until SIGCONT comes.
    bool leaving;   ///< Of a process that is not to be followed: let it go at its next stop.
    bool stepping;  ///< Is in a counted function, about to execute `pc`.
    uint64_t pc;    ///< Run address.
    uint64_t sp;
    int fault;       ///< The signal that stopped it, caused by the instruction at `pc`; 0 = none.
    uint64_t lifted; ///< Breakpoint taken out while it executes what lies there; 0 = none.
    struct step_call *calls; ///< [n_calls]
    size_t n_calls;
    size_t calls_capacity;
    size_t left_calls;      ///< Calls that were underway when it left the counted functions.
    uint32_t chain;         ///< The chain of calls in which it runs freely.
    uint64_t running_since; ///< When it was let go on; 0 = it stands [ns].
    uint64_t elapsed_ns;    ///< What it ran freely since it left the counted functions, or stepped.
    UT_hash_handle hh;
};

/** Note that a function was entered. Whether no other call of it is underway. */
bool step_task_enter(struct step_task *task, const struct step_call *call);

/** Note that the call whose return address lay at `sp` returned, or jumped to another function. */
void step_task_leave(struct step_task *task, uint64_t sp);

/** Forget calls that were left by longjmp(3) or an exception, control being at this stack pointer. */
void step_task_unwind(struct step_task *task, uint64_t sp);

/** Give the task of a forked child the calls that are underway in its parent. */
void step_task_copy_calls(struct step_task *child, const struct step_task *parent);

/** The chain of calls that led to the innermost call; 0 = none. */
uint32_t step_task_outer(const struct step_task *task);

/** Note that it is let go on. */
void step_task_run(struct step_task *task);

/** Note that it stopped. */
void step_task_stand(struct step_task *task);

#endif
