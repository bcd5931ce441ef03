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
    uint64_t since_ns; ///< When the copies were there.
    uint64_t lowest;   ///< All copies lie between these.
    uint64_t highest;
    uint64_t counting_ns;    ///< Weight of the samples in code that was added to the program.
    uint8_t *stack;          ///< Of the sample at work, where it had to be changed.
    struct exact_left *left; ///< Processes that run other programs now: a uthash table.
};

/** The copies are there from now on. */
void exact_samples_start(struct exact_samples *samples, uint64_t now_ns);

/** Forget all. */
void exact_samples_deinit(struct exact_samples *samples);

/** Hand an event on. */
void exact_samples_receive(struct exact_samples *samples, const struct event *event);

#endif
