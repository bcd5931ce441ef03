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
    const struct event_sink *sink;
    struct exact_news *news; ///< [n_news] By time; not yet taken into account.
    size_t n_news;
    size_t news_capacity;
    uint8_t *stack;                  ///< Of the sample at work, where it had to be changed.
    struct exact_process *processes; ///< Those with copies: a uthash table.
};

/**
 * Copies have been brought into a process.
 *
 * @param now_ns CLOCK_MONOTONIC; later than the last time.
 * @param places Takes what it holds.
 */
void exact_samples_add(struct exact_samples *samples, pid_t pid, uint64_t now_ns,
                       struct exact_places *places);

/** Forget all. */
void exact_samples_deinit(struct exact_samples *samples);

/** Hand an event on. They come in the order of time. */
void exact_samples_receive(struct exact_samples *samples, const struct event *event);

#endif
