/**
 * @file
 * The regions of the calling thread: opening and closing them.
 *
 * All of it may be used in a signal handler, also in one that interrupts it.
 */
#ifndef LPROF_REGIONS_THREAD_H
#define LPROF_REGIONS_THREAD_H

#include <stdint.h>

#include "event/region_wire.h"
#include "lprof/lprof.h"

/** From now on threads tell of their regions here. */
void thread_start(struct region_wire *wire);

/** The process was forked: the calling thread, which is its only one, goes on in the regions that it was in. */
void thread_forked(void);

/** Before a fork: remember what is open. */
void thread_before_fork(void);

/** Open a region; `how` as the header has it. */
void thread_enter(struct lprof_scope *scope, const char *name, unsigned how);

/** Close a region, and those inside of it that were left open. */
void thread_leave(struct lprof_scope *scope);

/** Open a region without a scope. */
void thread_begin(const char *name);

/** Close the innermost region, if it has no scope. */
void thread_end(void);

/** Close the regions whose scopes lie in a part of the stack that is given up. */
void thread_unwind(uint64_t from, uint64_t to);

/** Whether anything is measured. */
void thread_set_enabled(int enabled);

/** Forget the times of all threads. */
void thread_reset_all(void);

#endif
