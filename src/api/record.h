/**
 * @file
 * Recording: runs a program under a collector and hands back its profile.
 */
#ifndef LPROF_API_RECORD_H
#define LPROF_API_RECORD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "collect/collector.h"
#include "object/kept.h"
#include "profile/profile.h"

/** Called about ten times a second while the program runs. */
struct record_watch {
    void (*tick)(void *context, const struct profile *so_far, double elapsed_s);
    void *context;
};

struct record_options {
    struct collector_options collector;
    char *const *argv;         ///< NULL-terminated.
    const char *mode_asked;    ///< For the profile's meta.
    struct record_watch watch; ///< `tick` may be NULL.
    const sigset_t *forward;   ///< Blocked signals that are handed on to the program; NULL = none.
};

struct record_result {
    struct profile *profile; ///< Unsymbolized; free with profile_destroy(). NULL when nothing ran.
    struct kept kept;        ///< The files that were open meanwhile; free with kept_deinit().
    int exit_status;         ///< The program's own; 126 or 127 when it could not be run.
    pid_t pid;               ///< Of the program; 0 when nothing was started.
    struct collector_totals totals; ///< What the collector knew at the end.
};

/**
 * Run a program to its end. Processes that outlive it run on, unwatched.
 *
 * The program starts with the signals that are ignored or blocked now, but `forward` not blocked: who
 * wants to outlive an interrupt meanwhile catches it, since a caught signal is not inherited.
 *
 * @param[out] ret Set also on error: `exit_status` says what lprof should return, 125 when capture
 *             could not start or was lost.
 * @return NULL, or: TARGET the program could not be run; PERMISSION or UNSUPPORTED no collector
 * works.
 */
LPROF_MUST_USE struct lprof_error *record_program(const struct record_options *options,
                                                  struct record_result *ret);

#endif
