/**
 * @file
 * The environment as lprof set it for the agent, and as the program is to see it.
 */
#ifndef LPROF_AGENT_ENVIRONMENT_H
#define LPROF_AGENT_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "event/agent_wire.h"

/** Where lprof is. */
struct environment {
    int socket;                      ///< -1 = connect to the address.
    int counters;                    ///< -1 = they are told there.
    char address[AGENT_ADDRESS_MAX]; ///< Empty = none.
};

/**
 * Take the agent's variable out of the environment, and the agent itself out of LD_PRELOAD.
 *
 * @param envp As a constructor gets it.
 * @return False when lprof did not start this program.
 */
bool environment_take(char **envp, struct environment *ret);

/**
 * The environment for another program that is to load the agent, too.
 *
 * @param room [n] For as many as environment_count() tells, and 3 more.
 * @param preload [size] For LD_PRELOAD.
 * @return False when it does not fit there.
 */
bool environment_make(char *const *envp, char **room, char *preload, size_t size);

/** How many variables there are. */
size_t environment_count(char *const *envp);

#endif
