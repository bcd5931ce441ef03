/**
 * @file
 * What the process that traces does from its fork to its end.
 */
#ifndef LPROF_TARGET_TRACER_PROCESS_H
#define LPROF_TARGET_TRACER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "target/step_plan.h"
#include "target/step_rescue.h"

/** Trace `pid` until all its tasks have ended, or the other end of the socket is closed; then exit. */
_Noreturn void tracer_process_run(pid_t pid, const struct step_planner *planner, bool children,
                                  struct step_rescue *rescue, int socket);

#endif
