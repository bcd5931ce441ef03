/**
 * @file
 * Bringing the copies of functions into a process that has been loaded but has not started: the agent in
 * it waits. What cannot be installed is left as it is; the process runs either way.
 */
#ifndef LPROF_COLLECT_EXACT_INSTALL_H
#define LPROF_COLLECT_EXACT_INSTALL_H

#include <sys/types.h>

#include "base/error.h"
#include "collect/exact_module.h"
#include "target/agent_link.h"
#include "target/run_folder.h"

struct exact_modules {
    struct exact_module **items; ///< [count] By number - 1.
    size_t count;
    size_t capacity;
    size_t slots;             ///< Counters of all of them.
    struct run_folder folder; ///< With the copies.
};

/**
 * Plan what is to be counted in a process, and bring it in. The agent is not told to go on.
 *
 * @param ret Zeroed before; what was installed is in it also on error. Free with exact_modules_deinit().
 * @return NULL, or why nothing, or not all, is counted.
 */
LPROF_MUST_USE struct lprof_error *exact_install(const struct choice_options *choice, pid_t pid,
                                                 struct agent_link *link,
                                                 struct exact_modules *ret);

/** Free all, and remove the files. */
void exact_modules_deinit(struct exact_modules *modules);

#endif
