/**
 * @file
 * Writing the ways into copies over the code of a process.
 */
#ifndef LPROF_COLLECT_EXACT_PATCH_H
#define LPROF_COLLECT_EXACT_PATCH_H

#include <stdbool.h>

#include "base/error.h"
#include "collect/exact_copies.h"

/**
 * Whether they have been written.
 *
 * @param memory /proc/PID/mem, opened for reading and writing.
 * @param bias Of the module: run address minus file address.
 */
bool exact_patch_is_there(int memory, const struct exact_copies *copies, uint64_t bias);

/**
 * Write them. Nothing of the module may run meanwhile. Functions whose code is not that of the file are
 * refused.
 */
LPROF_MUST_USE struct lprof_error *exact_patch_write(int memory, const struct exact_copies *copies,
                                                     uint64_t bias);

#endif
