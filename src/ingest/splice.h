/**
 * @file
 * Mending stacks that were cut off: the copy of a deep stack may end before the stack does. Its outer
 * part seldom changes from one sample to the next, so it is taken from the thread's last whole stack,
 * when both meet in the same frame: the same return address at the same place on the stack.
 */
#ifndef LPROF_INGEST_SPLICE_H
#define LPROF_INGEST_SPLICE_H

#include <stdbool.h>
#include <sys/types.h>

#include "ingest/unwind.h"

struct splice {
    struct splice_thread *threads; ///< A uthash table.
};

/** No threads. */
void splice_init(struct splice *splice);

/** Free all. */
void splice_deinit(struct splice *splice);

/** Keep a whole stack as the thread's last one. */
void splice_keep(struct splice *splice, pid_t tid, const struct unwind_stack *stack);

/**
 * Add to a truncated stack what the thread's last whole one has further out.
 *
 * @return False when they do not meet; the stack is as it was then. Otherwise it ends as
 *         UNWIND_COMPLETE or, when there is no room, as UNWIND_LIMIT.
 */
bool splice_mend(const struct splice *splice, pid_t tid, struct unwind_stack *stack);

/** A thread ended. */
void splice_drop(struct splice *splice, pid_t tid);

#endif
