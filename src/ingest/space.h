/**
 * @file
 * Address spaces: what is mapped where in each process, at this point of the stream of events. Pure:
 * what a module is, is the caller's business.
 */
#ifndef LPROF_INGEST_SPACE_H
#define LPROF_INGEST_SPACE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** A stretch of a process's memory that shows a stretch of a module. */
struct space_mapping {
    uint64_t start;
    uint64_t end;
    uint64_t file_offset; ///< Where in the module `start` lies [bytes].
    uint32_t module;      ///< The caller's number.
};

struct space {
    struct space_process *processes; ///< A uthash table.
};

/** No processes. */
void space_init(struct space *space);

/** Free all. */
void space_deinit(struct space *space);

/** Map memory; what lay there before is cut off. An empty stretch is ignored. */
void space_map(struct space *space, pid_t pid, const struct space_mapping *mapping);

/** A process began as a copy of another; it replaces an older one with its pid. */
void space_fork(struct space *space, pid_t parent, pid_t child);

/** A process ended or runs a new program: all its mappings are gone. */
void space_drop(struct space *space, pid_t pid);

/** The mapping that holds an address, or NULL. Valid until the process changes. */
const struct space_mapping *space_find(const struct space *space, pid_t pid, uint64_t run_addr);

#endif
