/**
 * @file
 * The heaps of all processes: what was allocated where and lives, how much there was when there was most.
 *
 * Sums are kept by where they were allocated (a sample of the profile: stack, thread and region); freeing memory
 * takes from where it was allocated, whoever frees it. Memory of a process that ended lives on in the sums,
 * for nobody freed it, but no more adds to the most.
 */
#ifndef LPROF_INGEST_HEAP_H
#define LPROF_INGEST_HEAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "profile/profile.h"

struct heap {
    struct heap_process *processes; ///< A uthash table.
    struct heap_process *last;      ///< The one that was asked for last; NULL = none.
    struct heap_site *sites;        ///< Likewise.
    double live;                    ///< Of all processes [bytes].
    double most;                    ///< The highest that `live` was.
    uint64_t peak;                  ///< How many times it was higher than ever.
    uint64_t unknown_frees;         ///< Of memory that nobody told of.
    bool any;                       ///< Something was allocated.
};

/** No processes. */
void heap_init(struct heap *heap);

/** Free all. */
void heap_deinit(struct heap *heap);

/** An allocation. */
struct heap_alloc {
    pid_t pid;
    uint64_t addr;
    double count; ///< How many it stands for.
    double bytes; ///< Of all those.
    uint32_t stack;
    uint32_t task;
    uint32_t region;
    bool mapped;    ///< Parts of it may be unmapped.
    bool gone;      ///< Only the rounds below are told of.
    double rounds;  ///< How often the same was allocated there and freed at once before.
};

/** Memory was allocated; where something lived before, it was freed unseen. */
void heap_add(struct heap *heap, const struct heap_alloc *alloc);

/** Memory was freed; `temporary` as in struct event_free. */
void heap_free(struct heap *heap, pid_t pid, uint64_t addr, bool temporary);

/** What was mapped of [addr, addr + bytes) was unmapped. */
void heap_unmap(struct heap *heap, pid_t pid, uint64_t addr, uint64_t bytes);

/** A process ended or runs a new program. */
void heap_drop(struct heap *heap, pid_t pid);

/** Add all sums to the samples of a profile. To be called once, at the end. */
void heap_finish(struct heap *heap, struct profile *profile);

#endif
