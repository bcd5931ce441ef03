/**
 * @file
 * Which memory of each process is resident, as its page faults tell: what a fault adds to it.
 *
 * A page counts when it is touched for the first time. It may be touched first again, because it was
 * given back in between or is copied now that it is written to: both leave the process as large as it
 * was, or was before, and are counted beside it.
 */
#ifndef LPROF_INGEST_RESIDENT_H
#define LPROF_INGEST_RESIDENT_H

#include <stdint.h>
#include <sys/types.h>

struct resident {
    struct resident_process *processes; ///< A uthash table.
    uint64_t again_bytes;               ///< Touched by faults that added nothing.
};

/** No processes. */
void resident_init(struct resident *resident);

/** Free all. */
void resident_deinit(struct resident *resident);

/**
 * A page was touched that was not there.
 *
 * @param page_bytes Its size; what is no size of a page is taken as 4096.
 * @return How much larger the process is [bytes].
 */
uint64_t resident_touch(struct resident *resident, pid_t pid, uint64_t addr, uint64_t page_bytes);

/** The size of a process was read: from here on its growth is added to that. */
void resident_read(struct resident *resident, pid_t pid, uint64_t bytes);

/** The size of a process now: what was read last and what it grew since [bytes]. */
uint64_t resident_size(const struct resident *resident, pid_t pid);

/** A process began as a copy of another; it replaces an older one with its pid. */
void resident_fork(struct resident *resident, pid_t parent, pid_t child);

/** A process ended or runs a new program: all its memory is gone. */
void resident_drop(struct resident *resident, pid_t pid);

#endif
