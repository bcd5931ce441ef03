/**
 * @file
 * The environment as lprof set it for the agent, and as the program is to see it.
 */
#ifndef LPROF_AGENT_ENVIRONMENT_H
#define LPROF_AGENT_ENVIRONMENT_H

#include <stdbool.h>

/**
 * Take the agent's variable out of the environment, and the agent itself out of LD_PRELOAD.
 *
 * @param envp As a constructor gets it.
 * @param[out] descriptors The socket and the file of the counters.
 * @return False when lprof did not start this program.
 */
bool environment_take(char **envp, int descriptors[2]);

#endif
