/**
 * @file
 * Which code of a module is to be stepped through, for functions that were chosen.
 *
 * A function that was inlined is counted where it was inlined: the functions around it are stepped. A
 * split-off part (".cold") belongs to the function that jumps to it; every other stretch of code is a
 * function of its own, with its own entry.
 */
#ifndef LPROF_COLLECT_STEP_PLANNER_H
#define LPROF_COLLECT_STEP_PLANNER_H

#include "select/choice.h"
#include "target/step_plan.h"

/** Plan a module that is open. `ret` is zeroed before; free it with step_plan_deinit(). */
void step_planner_plan_object(const struct choice_options *options, struct object *obj,
                              struct step_plan *ret);

/** Plan a module. A file that cannot be read is not stepped. */
void step_planner_plan(const struct choice_options *options, const char *path, uint64_t file_offset,
                       struct step_plan *ret);

#endif
