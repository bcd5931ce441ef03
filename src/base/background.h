/**
 * @file
 * A call that may take longer than anybody wants to wait, made by a thread of its own.
 */
#ifndef LPROF_BASE_BACKGROUND_H
#define LPROF_BASE_BACKGROUND_H

#include <stdbool.h>

struct background; // opaque

/**
 * Start a call.
 *
 * @param work Runs in the thread, without signals; what it returns is told by background_wait().
 * @param drop Gets the context when the call was given up and has returned, from the thread if it runs on.
 * @return NULL when no thread could be started: nothing is called then. Free it with background_destroy().
 */
struct background *background_start(int (*work)(void *context), void (*drop)(void *context),
                                    void *context);

/**
 * Wait for the call to return.
 *
 * @param wait_ms At most so long.
 * @param[out] ret What it returned. Untouched while it runs.
 * @return Whether it has returned.
 */
bool background_wait(struct background *background, int wait_ms, int *ret);

/** Free it. NULL is allowed. A call that was not seen to return is given up, and its context with it. */
void background_destroy(struct background *background);

#endif
