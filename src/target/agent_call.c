#include "target/agent_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

// An agent says at once what it has to say.
#define PATIENCE_S 5

static ssize_t hear(const struct agent_call *call, void *message, size_t size)
{
    ssize_t n;

    do
        n = recv(call->socket, message, size, 0);
    while (n < 0 && errno == EINTR);
    return n;
}

static bool take_greeting(struct agent_call *call)
{
    struct agent_hello hello;

    if (hear(call, &hello, sizeof hello) != (ssize_t)sizeof hello ||
        hello.version != AGENT_VERSION || hello.hook_count > AGENT_HOOKS_MAX)
        return false;
    call->pid = hello.pid;
    call->event = (enum agent_event)hello.event;
    call->since_ns = hello.time_ns;
    call->hook_count = hello.hook_count;
    memcpy(call->hooks, hello.hooks, sizeof call->hooks);
    return true;
}

bool agent_call_first(struct agent_link *link, struct agent_call *ret)
{
    // The other end stays open: it is polled until the agent hangs up.
    struct agent_call call = {.link = link, .socket = fcntl(link->socket, F_DUPFD_CLOEXEC, 0)};

    if (!take_greeting(&call)) {
        close(call.socket);
        return false;
    }
    *ret = call;
    return true;
}

// A process names itself as it knows itself; the kernel as we know it.
static bool know_peer(struct agent_call *call)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (getsockopt(call->socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || !peer.pid)
        return false;
    call->pid = peer.pid;
    return true;
}

static bool send_counters(const struct agent_call *call)
{
    char byte = AGENT_YES;
    struct iovec bytes = {&byte, 1};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    *header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &call->link->counters, sizeof call->link->counters);
    return sendmsg(call->socket, &message, MSG_NOSIGNAL) == 1;
}

bool agent_call_next(struct agent_link *link, struct agent_call *ret)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct agent_call call = {.link = link};

    if (link->listener < 0)
        return false;
    call.socket = accept4(link->listener, NULL, NULL, SOCK_CLOEXEC);
    if (call.socket < 0)
        return false;
    setsockopt(call.socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (!take_greeting(&call) || !know_peer(&call) ||
        (call.event == AGENT_STARTS && !send_counters(&call))) {
        close(call.socket);
        return false;
    }
    *ret = call;
    return true;
}

// How often a function may be called for its calls to be timed: the ticks between two.
static uint64_t ticks_between_calls(const struct agent_link *link)
{
    double tick_ns = link->times ? agent_link_tick_ns(link) : 0;

    return tick_ns > 0 ? (uint64_t)(1e9 / AGENT_CALLS_MOST / tick_ns) : 0;
}

struct lprof_error *agent_call_load(struct agent_call *call, const struct agent_code *code,
                                    uint64_t *bias_ret)
{
    CLEANUP(cleanup_free) struct agent_load *order = mem_alloc(sizeof *order);
    struct agent_loaded answer;

    *order = (struct agent_load){.block_size = call->link->block_size,
                                 .block_count = call->link->block_count,
                                 .addr = code->addr,
                                 .offset = code->offset,
                                 .size = code->size,
                                 .times = call->link->times,
                                 .ticks_least = ticks_between_calls(call->link)};
    snprintf(order->path, sizeof order->path, "%s", code->path ? code->path : "");
    if (send(call->socket, order, sizeof *order, MSG_NOSIGNAL) != (ssize_t)sizeof *order ||
        hear(call, &answer, sizeof answer) != (ssize_t)sizeof answer)
        return error_create(LPROF_ERROR_TARGET, "the program ended before its start");
    answer.reason[sizeof answer.reason - 1] = '\0';
    if (answer.failed)
        return error_create(LPROF_ERROR_TARGET, "the program could not load the counting code: %s",
                            answer.reason);
    call->link->timing_ticks = answer.timing_ticks;
    *bias_ret = answer.bias;
    return NULL;
}

char *agent_call_program(struct agent_call *call)
{
    char path[AGENT_PATH_MAX];
    ssize_t n = hear(call, path, sizeof path);

    if (n <= 0)
        return NULL;
    path[n - 1] = '\0';
    return path[0] == '/' ? mem_strdup(path) : mem_printf("/proc/%d/cwd/%s", call->pid, path);
}

void agent_call_answer(struct agent_call *call, bool yes)
{
    const char answer = yes ? AGENT_YES : AGENT_NO;

    // The program may be gone by now; that shows elsewhere.
    (void)!send(call->socket, &answer, 1, MSG_NOSIGNAL);
}

void agent_call_end(struct agent_call *call)
{
    if (call->socket < 0)
        return;
    (void)!send(call->socket, "", 1, MSG_NOSIGNAL);
    close(call->socket);
    call->socket = -1;
}
