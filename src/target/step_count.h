/**
 * @file
 * What a step means: which instruction ran, which way control went, which function was entered.
 */
#ifndef LPROF_TARGET_STEP_COUNT_H
#define LPROF_TARGET_STEP_COUNT_H

#include "code/insn.h"
#include "target/step_edges.h"
#include "target/step_task.h"
#include "target/step_times.h"

struct step_count {
    struct insn_decoder *decoder;
    struct step_edges calls; ///< From call site to entry, as step_count_place() tells them.
    struct step_times times; ///< Of calls that ran freely, and of system calls.
    uint64_t steps;          ///< Instructions counted.
    uint64_t least_ns;       ///< What the shortest step took: what a stop costs; 0 = none yet.
};

/** A run address as one number that holds for all processes: the module's number and the file address. */
uint64_t step_count_place(const struct step_area *area, uint64_t run_addr);

/** The module's number of a place. */
uint32_t step_count_module(uint64_t place);

/** The file address of a place. */
uint64_t step_count_addr(uint64_t place);

/** What the instruction that a stepping task is about to execute is. */
struct step_cell *step_count_cell(struct step_count *count, struct step_task *task);

/** The instruction at `task->pc` was executed; control is now at `pc`, which becomes the task's. */
void step_count_executed(struct step_count *count, struct step_task *task, uint64_t pc,
                         uint64_t sp);

/** The instruction at `task->pc` of a stepping task was begun, and its program died by that. */
void step_count_begun(struct step_count *count, const struct step_task *task);

/** A task that ran freely came to a breakpoint at `pc`, which becomes the task's. */
void step_count_arrived(struct step_count *count, struct step_task *task, uint64_t pc, uint64_t sp);

#endif
