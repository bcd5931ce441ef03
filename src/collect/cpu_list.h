/**
 * @file
 * Which CPUs there are: their numbers may have holes.
 */
#ifndef LPROF_COLLECT_CPU_LIST_H
#define LPROF_COLLECT_CPU_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct cpu_list {
    int *cpus; ///< [n], ascending.
    size_t n;
};

/** The CPUs that are online now; at least one. */
void cpu_list_init_online(struct cpu_list *ret);

/**
 * Read a list as the kernel writes it: "0-3,8,10-11".
 *
 * @param[out] ret Untouched when false is returned.
 * @return Whether it is one.
 */
bool cpu_list_init_parse(const char *text, struct cpu_list *ret);

/** Free it. A zeroed struct is allowed. */
void cpu_list_deinit(struct cpu_list *list);

#endif
