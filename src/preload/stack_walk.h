/**
 * @file
 * Whether this thread has the same stack as before: a number for the calls that are underway, found by
 * walking only what changed since the last walk. Without locks; safe in signal handlers.
 */
#ifndef LPROF_PRELOAD_STACK_WALK_H
#define LPROF_PRELOAD_STACK_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Where a thread is. */
struct stack_walk_at {
    uint64_t pc;
    uint64_t sp;
    uint64_t bp;
};

/** What is known of a thread's stack; zeroed = nothing. */
struct stack_walk;

/** Size of it. */
extern const size_t stack_walk_bytes;

/** Nothing is known: it is another thread's now. */
void stack_walk_reset(struct stack_walk *walk);

struct stack_walk_result {
    uint64_t hash;        ///< Of all return addresses: the same for the same calls alone.
    uint64_t stack_bytes; ///< From the stack pointer up to where the outermost call's frame ends.
};

/**
 * Walk the stack of the calling thread.
 *
 * @param readable Whether memory of this process can be read, where its stack goes on.
 * @return False when it cannot be walked to its end: nothing is known of it then.
 */
bool stack_walk(struct stack_walk *walk, const struct stack_walk_at *at,
                bool (*readable)(uint64_t addr), struct stack_walk_result *ret);

/** A library went: stacks are walked anew. */
void stack_walk_forget(void);

#endif
