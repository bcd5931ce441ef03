/**
 * @file
 * Who allocated: the heap of a profile by call stacks, each as its source shows it.
 */
#ifndef LPROF_REPORT_HEAP_STACKS_H
#define LPROF_REPORT_HEAP_STACKS_H

#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"
#include "report/frames.h"

/** What stacks are ordered by. */
enum heap_stacks_key {
    HEAP_STACKS_NONE,
    HEAP_STACKS_BY_PEAK,   ///< Bytes in use when most were.
    HEAP_STACKS_BY_LEAKED, ///< Bytes that nobody freed.
    HEAP_STACKS_BY_ALLOCS, ///< Number of allocations.
    HEAP_STACKS_BY_TEMPORARY,
};

struct heap_stack {
    int64_t values[PROFILE_VALUES];
    const uint32_t *lines; ///< [n_lines] indexes into the lines of the frames, innermost first.
    size_t n_lines;
};

struct heap_stacks {
    struct heap_stack *stacks; ///< [n] largest first.
    size_t n;
    struct heap_stack total;
    struct frames *frames;
    struct heap_stacks_storage *storage;
};

/** What a stack is ordered by [bytes or count]. */
int64_t heap_stacks_value(const struct heap_stack *stack, enum heap_stacks_key key);

/** How many allocations make up that value; of the peak that is not known: REPORT_NULL. */
int64_t heap_stacks_count(const struct heap_stack *stack, enum heap_stacks_key key);

/** The stacks that allocated; free with heap_stacks_destroy(). The profile must outlive them. */
struct heap_stacks *heap_stacks_create(const struct profile *profile, enum heap_stacks_key key);

/** Free them. NULL is allowed. */
void heap_stacks_destroy(struct heap_stacks *stacks);

#endif
