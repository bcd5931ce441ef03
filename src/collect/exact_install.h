/**
 * @file
 * Bringing the copies of functions into a process that waits: one that has been loaded but has not
 * started, or one that has mapped a library but not yet run it. What cannot be installed is left as it is;
 * the process runs either way.
 */
#ifndef LPROF_COLLECT_EXACT_INSTALL_H
#define LPROF_COLLECT_EXACT_INSTALL_H

#include <sys/types.h>

#include "base/error.h"
#include "collect/exact_copies.h"
#include "collect/exact_module.h"
#include "target/agent_call.h"

/** Copies in a process. */
struct exact_place {
    const struct exact_copies *copies;
    uint64_t bias; ///< Of the module: run address minus file address.
};

/** Some of them. A zeroed struct is empty. */
struct exact_places {
    struct exact_place *items; ///< [count]
    size_t count;
    size_t capacity;
};

/** A file that was seen. */
struct exact_seen; // opaque

/** All modules that are counted, in whatever process. */
struct exact_modules {
    struct exact_module **items; ///< [count] By number - 1.
    size_t count;
    size_t capacity;
    size_t slots;                  ///< Counters of all of them.
    bool times_calls;              ///< Calls are timed.
    struct exact_timers timers;    ///< Of all of them.
    struct exact_places installed; ///< Each place once, in whatever process.
    struct exact_seen *seen;       ///< [n_seen]
    size_t n_seen;
    size_t seen_capacity;
};

/**
 * Plan what is to be counted in the process on the line, and bring it in. The agent is not told to go on.
 *
 * @param modules Zeroed before the first use but for `times_calls`. Free with exact_modules_deinit().
 * @param[out] ret What was installed, also on error. Free with exact_places_deinit().
 * @return NULL, or why not all is counted.
 */
LPROF_MUST_USE struct lprof_error *exact_install(const struct choice_options *choice,
                                                 struct agent_call *call,
                                                 struct exact_modules *modules,
                                                 struct exact_places *ret);

/** Free all. */
void exact_modules_deinit(struct exact_modules *modules);

/** Free it. */
void exact_places_deinit(struct exact_places *places);

#endif
