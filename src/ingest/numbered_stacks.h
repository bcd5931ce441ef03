/**
 * @file
 * Stacks of the profile by the numbers that programs gave them.
 */
#ifndef LPROF_INGEST_NUMBERED_STACKS_H
#define LPROF_INGEST_NUMBERED_STACKS_H

#include <stdbool.h>
#include <stdint.h>

/** Zeroed = none. */
struct numbered_stacks {
    struct numbered_stack *stacks; ///< A uthash table.
    struct numbered_stack *last;   ///< The one that was asked for last.
};

/** Free all. */
void numbered_stacks_deinit(struct numbered_stacks *numbered);

/** From now on a number means this stack. */
void numbered_stacks_put(struct numbered_stacks *numbered, uint64_t number, uint32_t stack);

/** The stack of a number; false when it has none. */
bool numbered_stacks_get(struct numbered_stacks *numbered, uint64_t number, uint32_t *ret);

#endif
