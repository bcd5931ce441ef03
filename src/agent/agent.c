// The one part of lprof that runs inside the profiled program: a library that is loaded before all others
// and whose constructor runs first of all (-z initfirst). It lends lprof the moment between the loading of
// the program and its first instruction, gives every thread counters of its own, tells of libraries and
// programs that follow, and is silent otherwise.
// The words that lprof and the agent exchange are in event/agent_wire.h.
//
// Here nothing of the C library is up yet, not even `environ`: no malloc, no stdio, no getenv.
#include "agent/commands.h"
#include "agent/environment.h"
#include "agent/hooks.h"
#include "agent/line.h"

static void greet(struct environment *environment)
{
    struct agent_hello hello = {0};

    hooks_find(environment->address, &hello);
    if (!line_greet(environment->socket, &hello, AGENT_STARTS))
        return;
    if (environment->counters < 0)
        environment->counters = line_hear_descriptor(environment->socket);
    if (environment->counters >= 0)
        commands_serve(environment->socket, environment->counters);
}

__attribute__((constructor)) static void start(int argc, char **argv, char **envp)
{
    static struct environment environment; // The address is wanted later on.

    (void)argc;
    (void)argv;
    if (!environment_take(envp, &environment))
        return;
    if (environment.socket < 0)
        environment.socket = line_connect(environment.address);
    if (environment.socket < 0)
        return;
    greet(&environment);
    line_close(environment.socket);
    if (environment.counters >= 0)
        line_close(environment.counters);
}
