/**
 * @file
 * What stands behind a descriptor: a terminal, how wide, and whether it wants colours.
 */
#ifndef LPROF_TOOL_TERMINAL_H
#define LPROF_TOOL_TERMINAL_H

#include <stdbool.h>

/** --color. */
enum terminal_color {
    TERMINAL_COLOR_AUTO,
    TERMINAL_COLOR_ALWAYS,
    TERMINAL_COLOR_NEVER,
};

/** Columns of the terminal; 0 = no terminal. */
unsigned terminal_width(int fd);

/** Whether to colour what goes to `fd`: NO_COLOR and TERM=dumb are honoured when it is up to us. */
bool terminal_colored(int fd, enum terminal_color asked);

/** Whether both are the same terminal. */
bool terminal_same(int a, int b);

#endif
