/**
 * @file
 * The agent's end of the line to lprof (event/agent_wire.h). Nothing here allocates; errno stays.
 */
#ifndef LPROF_AGENT_LINE_H
#define LPROF_AGENT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "event/agent_wire.h"

/** Connect to lprof; -1 when it is not there. */
int line_connect(const char *address);

void line_close(int socket);

/** Send a message. */
bool line_tell(int socket, const void *message, size_t size);

/** Take a message; its size, 0 at the end, negative on error. */
ssize_t line_hear(int socket, void *message, size_t size);

/** Take the descriptor that comes with a byte; -1 when none does. */
int line_hear_descriptor(int socket);

/** Say what happens. */
bool line_greet(int socket, struct agent_hello *hello, enum agent_event event);

#endif
