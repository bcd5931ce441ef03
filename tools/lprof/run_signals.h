/**
 * @file
 * Signals while a program runs: Ctrl-C is for the program, and lprof outlives it to report.
 */
#ifndef LPROF_TOOL_RUN_SIGNALS_H
#define LPROF_TOOL_RUN_SIGNALS_H

#include <signal.h>

/**
 * Take INT, QUIT and PIPE without effect, and block TERM and HUP for handing on.
 *
 * @param[out] forward_ret The blocked signals, as record_options.forward takes them.
 */
void run_signals_protect(sigset_t *forward_ret);

/** Let INT, QUIT, TERM and HUP end lprof again. */
void run_signals_release(void);

/** Take PIPE without effect: a reader that goes away is an error of write(). */
void run_signals_ignore_pipe(void);

#endif
