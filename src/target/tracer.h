/**
 * @file
 * The tracer: a process of its own, in its own session, that counts by stepping (stepper.h).
 *
 * Breakpoints kill a program whose tracer dies. So the tracer outlives lprof: when lprof closes its end of
 * the socket or dies, the tracer takes all breakpoints out, lets the program go, hands on its counts if
 * somebody still listens, and ends. It speaks in lines: "failed ERRNO" or "ready", then "steps N" now and
 * then, and at the end events as text (event_text.h).
 */
#ifndef LPROF_TARGET_TRACER_H
#define LPROF_TARGET_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "event/event.h"
#include "target/step_plan.h"

struct tracer; // opaque

/**
 * Start tracing a process that has not run its program yet.
 *
 * @param planner Is called in the tracer's process, a copy of this one.
 * @param children Follow forks.
 * @param[out] ret Free with tracer_destroy(). Untouched on error.
 * @return NULL, or: PERMISSION it must not be traced, or is traced already; SYSTEM.
 */
LPROF_MUST_USE struct lprof_error *tracer_start(pid_t pid, const struct step_planner *planner,
                                                bool children, struct tracer **ret);

/** Becomes readable when the tracer has something to say. */
int tracer_fd(const struct tracer *tracer);

/** Take what the tracer said, without waiting. */
void tracer_read(struct tracer *tracer, const struct event_sink *sink);

/** Let the program go where it still runs, and take all counts. */
void tracer_finish(struct tracer *tracer, const struct event_sink *sink);

/** How many instructions were counted so far. */
uint64_t tracer_steps(const struct tracer *tracer);

/** Whether the tracer said all there was to say. False after tracer_finish(): it was lost, with its counts. */
bool tracer_is_complete(const struct tracer *tracer);

/** Let the program go, end the tracer and free it. NULL is allowed. */
void tracer_destroy(struct tracer *tracer);

#endif
