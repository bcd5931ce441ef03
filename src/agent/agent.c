// The one part of lprof that runs inside the profiled program: a library that is loaded before all others
// and whose constructor runs first of all (-z initfirst). It lends lprof the moment between the loading of
// the program and its first instruction, gives every thread counters of its own, and is silent otherwise.
// The words that lprof and the agent exchange are in event/agent_wire.h.
//
// Here nothing of the C library is up yet, not even `environ`: no malloc, no stdio, no getenv.
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent/environment.h"
#include "agent/thread_counters.h"
#include "event/agent_wire.h"

static int tell(int socket, const void *message, size_t size)
{
    ssize_t n;

    do
        n = send(socket, message, size, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)size;
}

static ssize_t hear(int socket, void *message, size_t size)
{
    ssize_t n;

    do
        n = recv(socket, message, size, 0);
    while (n < 0 && errno == EINTR);
    return n;
}

static void fail(struct agent_loaded *answer, const char *reason)
{
    size_t length = strnlen(reason, sizeof answer->reason - 1);

    answer->failed = 1;
    memcpy(answer->reason, reason, length);
}

static void load(const struct agent_load *order, struct agent_loaded *answer)
{
    struct link_map *map = NULL;
    void *copies = dlopen(order->path, RTLD_NOW | RTLD_LOCAL);

    if (!copies || dlinfo(copies, RTLD_DI_LINKMAP, &map) != 0) {
        const char *reason = dlerror();
        fail(answer, reason ? reason : "dlopen");
        return;
    }
    answer->bias = map->l_addr;
}

static void obey(struct agent_load *order, int counters, struct agent_loaded *answer)
{
    *answer = (struct agent_loaded){.version = AGENT_VERSION};
    order->path[sizeof order->path - 1] = '\0';
    if (thread_counters_start(counters, order->block_size, order->block_count))
        load(order, answer);
    else
        fail(answer, "the counters could not be mapped");
}

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void serve(int socket, int counters)
{
    static struct agent_load order; // Too large for a stack that nobody knows.
    struct agent_hello hello = {
        .version = AGENT_VERSION, .pid = getpid(), .time_ns = monotonic_ns()};
    struct agent_loaded answer;

    if (!tell(socket, &hello, sizeof hello))
        return;
    while (hear(socket, &order, sizeof order) == (ssize_t)sizeof order) {
        obey(&order, counters, &answer);
        if (!tell(socket, &answer, sizeof answer))
            return;
    }
}

__attribute__((constructor)) static void start(int argc, char **argv, char **envp)
{
    int descriptors[2];

    (void)argc;
    (void)argv;
    if (!environment_take(envp, descriptors))
        return;
    serve(descriptors[0], descriptors[1]);
    close(descriptors[0]);
    close(descriptors[1]);
}
