/**
 * @file
 * Samples taken in copies of functions, as if they had been taken in the originals.
 */
#ifndef LPROF_COLLECT_EXACT_SAMPLES_H
#define LPROF_COLLECT_EXACT_SAMPLES_H

#include "collect/exact_install.h"
#include "event/event.h"

/** Events on their way to `sink`. */
struct exact_samples {
    const struct exact_modules *modules;
    const struct event_sink *sink;
    uint64_t since_ns;       ///< When the copies were there.
    struct exact_left *left; ///< Processes that run other programs now: a uthash table.
};

/** Forget all. */
void exact_samples_deinit(struct exact_samples *samples);

/** Hand an event on. */
void exact_samples_receive(struct exact_samples *samples, const struct event *event);

#endif
