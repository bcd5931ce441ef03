/**
 * @file
 * What calls through pointers called, in all threads together.
 */
#ifndef LPROF_COLLECT_EXACT_POINTERS_H
#define LPROF_COLLECT_EXACT_POINTERS_H

#include "collect/exact_calls.h"
#include "collect/exact_install.h"

/** Calls by one place of one address. */
struct exact_pointer;

struct exact_pointers {
    const struct exact_modules *modules;
    struct exact_pointer *sums; ///< A uthash table.
};

/** Add the counters of a thread. */
void exact_pointers_add(struct exact_pointers *pointers, const uint64_t *slots);

/** Tell the calls of functions that are counted. */
void exact_pointers_tell(const struct exact_pointers *pointers, const struct exact_calls *calls,
                         const struct event_sink *sink);

/** Free what it holds. */
void exact_pointers_deinit(struct exact_pointers *pointers);

#endif
