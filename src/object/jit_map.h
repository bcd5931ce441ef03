/**
 * @file
 * Names of code that a program made while it ran, from the file that runtimes write for profilers:
 * /tmp/perf-PID.map, with lines "START SIZE NAME", the numbers in hexadecimal.
 *
 * @source Linux, tools/perf/Documentation/jit-interface.txt
 */
#ifndef LPROF_OBJECT_JIT_MAP_H
#define LPROF_OBJECT_JIT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct jit_map; // opaque

/** The path of a process's map. Free it. */
char *jit_map_path(pid_t pid);

/** Whether a path is that of some process's map. */
bool jit_map_is_path(const char *path);

/**
 * Read a map. Lines that are none of it are passed over.
 *
 * @param[out] ret Free with jit_map_destroy(). Untouched on error.
 * @return NULL, or: SYSTEM it cannot be read; PERMISSION it is another user's, who could call the code
 *         what he likes.
 */
LPROF_MUST_USE struct lprof_error *jit_map_open(const char *path, struct jit_map **ret);

/** Free it. NULL is allowed. */
void jit_map_destroy(struct jit_map *map);

/**
 * The name of the code at a run address, or NULL. Memory may be used again: the last that was written
 * of an address holds. Valid as long as the map.
 */
const char *jit_map_find(const struct jit_map *map, uint64_t run_addr);

#endif
