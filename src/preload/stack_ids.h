/**
 * @file
 * Numbers for the stacks of this process's threads, and which of them lprof was told of. Without locks; safe
 * in signal handlers.
 */
#ifndef LPROF_PRELOAD_STACK_IDS_H
#define LPROF_PRELOAD_STACK_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/stack_walk.h"

struct stack_id {
    uint64_t id;          ///< Of this stack of this thread, in all processes; never 0.
    uint64_t stack_bytes; ///< From the stack pointer up.
    bool is_new;          ///< Not told of before.
};

/** Before there are threads: make ready. False when there is no memory. */
bool stack_ids_init(void);

/** Memory that this holds [bytes]. */
uint64_t stack_ids_bytes(void);

/** In a child, after fork(2): its stacks are its own. */
void stack_ids_after_fork(void);

/** A library went: its addresses may come to mean another. */
void stack_ids_forget(void);

/**
 * Number the stack of the calling thread.
 *
 * @return False when its stack cannot be walked.
 */
bool stack_ids_find(const struct stack_walk_at *at, int32_t tid, struct stack_id *ret);

#endif
