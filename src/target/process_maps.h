/**
 * @file
 * What lies where in a process's memory, and where there is room for more.
 */
#ifndef LPROF_TARGET_PROCESS_MAPS_H
#define LPROF_TARGET_PROCESS_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct process_map {
    uint64_t start;
    uint64_t end;
    uint64_t file_offset;
    bool executable;
    bool writable;
    char *path; ///< As the kernel names it; "" for plain memory.
};

/** Mappings by address. A zeroed struct is empty. */
struct process_maps {
    struct process_map *items; ///< [count]
    size_t count;
    size_t capacity;
};

/** Read /proc/PID/maps. Free with process_maps_deinit(). */
LPROF_MUST_USE struct lprof_error *process_maps_read(pid_t pid, struct process_maps *ret);

/** Free it. */
void process_maps_deinit(struct process_maps *maps);

/**
 * Find free memory from where a jump reaches all of [low, high), and back.
 *
 * Room is kept to what lies there already: a program's data grows upward from its end.
 *
 * @param size Wanted [bytes].
 * @param[out] ret Its start, at a page.
 * @return False when there is none.
 */
bool process_maps_gap(const struct process_maps *maps, uint64_t low, uint64_t high, uint64_t size,
                      uint64_t *ret);

#endif
