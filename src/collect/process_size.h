/**
 * @file
 * How much memory of a process is resident, by the kernel's own account.
 */
#ifndef LPROF_COLLECT_PROCESS_SIZE_H
#define LPROF_COLLECT_PROCESS_SIZE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** The resident size of a process [bytes]; false when it has none: it ended. */
bool process_size(pid_t pid, uint64_t *ret);

#endif
