/**
 * @file
 * The pager, as git uses it: for a report on a terminal, LPROF_PAGER, else PAGER, else less.
 */
#ifndef LPROF_TOOL_PAGER_H
#define LPROF_TOOL_PAGER_H

#include <stdbool.h>
#include <sys/types.h>

/** A running pager. */
struct pager {
    pid_t pid;
    int fd; ///< What it shows is written here.
};

/**
 * Start the pager when stdout is a terminal.
 *
 * From then on lprof ignores SIGINT. Unless the user set them, LESS=FRX (quit when it fits, keep
 * colours and screen) and LV=-c.
 *
 * @return False when there is none: no terminal, none wanted ("cat" or empty), or it cannot be run.
 */
bool pager_start(struct pager *ret);

/** Close its input and wait until the user leaves it. */
void pager_finish(struct pager *pager);

#endif
