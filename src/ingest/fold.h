/**
 * @file
 * From a sample to a stack of the profile: walks the copied stack and names each frame by module and
 * file address.
 */
#ifndef LPROF_INGEST_FOLD_H
#define LPROF_INGEST_FOLD_H

#include "event/event.h"
#include "ingest/code_cache.h"
#include "ingest/module_table.h"
#include "ingest/space.h"
#include "ingest/splice.h"
#include "ingest/unwind.h"
#include "profile/profile.h"

/** How the walks went. */
struct fold_counts {
    int64_t walked;    ///< Samples with a copy of their stack.
    int64_t complete;  ///< Reached the outermost frame.
    int64_t spliced;   ///< Deeper than the copy; the rest came from the thread's last whole stack.
    int64_t truncated; ///< Deeper than the copy, and nothing to splice.
    int64_t
        lost_way;    ///< Came to code that nothing is known about, or to values that make no sense.
    int64_t limited; ///< More than UNWIND_FRAMES_MAX frames.
};

struct fold {
    struct profile *profile;
    const struct space *space;
    struct module_table *modules;
    struct splice splice;
    struct fold_counts counts;
    struct code_cache code;
    struct unwind_stack *stack; ///< The one at work; kept for its size.
};

/** Start; all three must outlive it. */
void fold_init(struct fold *fold, struct profile *profile, const struct space *space,
               struct module_table *modules);

/** Free all. */
void fold_deinit(struct fold *fold);

/**
 * Id of the stack in the profile of a sample, or of who caused a page fault or allocated memory. In the kernel it stands
 * where its thread will come back to, or in "[kernel]" when that is not known.
 *
 * @param event Of kind EVENT_SAMPLE, EVENT_FAULT or EVENT_ALLOC.
 */
uint32_t fold_stack(struct fold *fold, const struct event *event);

/** Mappings changed: forget what was found about code. */
void fold_forget_code(struct fold *fold);

/** A thread ended. */
void fold_forget_thread(struct fold *fold, pid_t tid);

#endif
