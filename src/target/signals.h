/**
 * @file
 * What a process does with signals, so that a program starts as if lprof were not there: lprof
 * ignores and blocks some while the program runs, and the program must not inherit that.
 */
#ifndef LPROF_TARGET_SIGNALS_H
#define LPROF_TARGET_SIGNALS_H

#include <signal.h>

struct signals {
    sigset_t blocked;
    sigset_t ignored; ///< All others have their default action.
};

/** The state of the calling process. Call it before changing anything. */
void signals_save(struct signals *ret);

/** Put a saved state into force; handlers give way to default actions. For a child before exec. */
void signals_apply(const struct signals *signals);

#endif
