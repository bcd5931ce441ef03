/**
 * @file
 * Whether the program has shut itself in: in a sandbox (seccomp(2)) a system call that the program does not
 * make itself may end it.
 */
#ifndef LPROF_AGENT_SANDBOX_H
#define LPROF_AGENT_SANDBOX_H

#include <stdbool.h>

/** Keep in mind how things are at the start. */
void sandbox_start(void);

/** Whether that has changed. Makes only such system calls as the loader makes for every library. */
bool sandbox_has_changed(void);

#endif
