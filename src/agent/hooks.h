/**
 * @file
 * Where the agent hears that a program opens libraries, or runs another program: all ways to do so in the C
 * library lead through two of its functions, whose first instructions lprof replaces by jumps.
 */
#ifndef LPROF_AGENT_HOOKS_H
#define LPROF_AGENT_HOOKS_H

#include "event/agent_wire.h"

/**
 * Find the two functions. One whose code is not as expected, or too far away, is left out.
 *
 * @param address Of lprof. Lives as long as the program.
 */
void hooks_find(const char *address, struct agent_hello *ret);

#endif
