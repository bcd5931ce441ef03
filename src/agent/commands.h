/**
 * @file
 * What lprof has the agent do while a program waits.
 */
#ifndef LPROF_AGENT_COMMANDS_H
#define LPROF_AGENT_COMMANDS_H

/** Obey until lprof lets the program go on, or is gone. One thread at a time. */
void commands_serve(int socket, int counters);

#endif
