#include "target/tracer.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "event/event_text.h"
#include "target/trace_denied.h"
#include "target/tracer_process.h"

struct tracer {
    pid_t pid;
    int socket;
    char *text; // What was read and is no whole line yet.
    size_t size;
    size_t capacity;
    uint64_t steps;
    struct step_rescue *rescue;
    bool complete;
    bool lost; // It ended before it said all.
};

static int traced_by(pid_t pid)
{
    CLEANUP(cleanup_free) char *path = mem_printf("/proc/%d/status", pid);
    CLEANUP(cleanup_fclose) FILE *status = fopen(path, "re");
    char line[256];
    int by = 0;

    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "TracerPid: %d", &by) == 1)
            return by;
    return 0;
}

static struct lprof_error *explain(pid_t pid, int errnum)
{
    int by = traced_by(pid);

    if (by)
        return error_hint(error_create(LPROF_ERROR_PERMISSION,
                                       "the program is traced already, by process %d", by),
                          "run lprof without the debugger or strace around it");
    if (errnum != EPERM && errnum != ENOSYS && errnum != EACCES)
        return error_from_errno(errnum, "tracing the program");
    return trace_denied_explain(errnum, trace_denied_scope());
}

static void reap(struct tracer *tracer)
{
    while (tracer->pid > 0 && waitpid(tracer->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    tracer->pid = 0;
}

// The answer to the first question: does it trace?
static struct lprof_error *read_answer(struct tracer *tracer, pid_t pid)
{
    char line[64];
    size_t size = 0;
    int errnum = 0;

    while (size + 1 < sizeof line && (!size || line[size - 1] != '\n')) {
        ssize_t n = read(tracer->socket, line + size, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_create(LPROF_ERROR_SYSTEM, "the process that traces ended early");
        size += (size_t)n;
    }
    line[size] = '\0';
    if (sscanf(line, "failed %d", &errnum) == 1)
        return explain(pid, errnum);
    return NULL;
}

struct lprof_error *tracer_start(pid_t pid, const struct step_planner *planner, bool children,
                                 struct tracer **ret)
{
    struct step_rescue *rescue = NULL;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_from_errno(errno, "socketpair");
    rescue = step_rescue_create();
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        tracer_process_run(pid, planner, children, rescue, ends[1]);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        step_rescue_destroy(rescue);
        return error_from_errno(errno, "starting the process that traces");
    }
    struct tracer *tracer = mem_alloc(sizeof *tracer);
    tracer->pid = child;
    tracer->socket = ends[0];
    tracer->rescue = rescue;
    struct lprof_error *err = read_answer(tracer, pid);
    if (err)
        tracer_destroy(tracer);
    else
        *ret = tracer;
    return err;
}

int tracer_fd(const struct tracer *tracer)
{
    return tracer->socket;
}

uint64_t tracer_steps(const struct tracer *tracer)
{
    return tracer->steps;
}

bool tracer_is_complete(const struct tracer *tracer)
{
    return tracer->complete;
}

static void take_line(struct tracer *tracer, const char *line, const struct event_sink *sink)
{
    struct event_text text;

    if (strcmp(line, "end") == 0) {
        tracer->complete = true;
        return;
    }
    if (sscanf(line, "steps %" SCNu64, &tracer->steps) == 1)
        return;
    struct lprof_error *err = event_text_parse(line, &text);
    if (!err) {
        if (sink)
            sink->receive(sink->context, &text.event);
        event_text_deinit(&text);
    }
    error_destroy(err);
}

static void take_lines(struct tracer *tracer, const struct event_sink *sink)
{
    char *at = tracer->text;
    char *end = at + tracer->size;
    char *feed;

    while (at < end && (feed = memchr(at, '\n', (size_t)(end - at)))) {
        *feed = '\0';
        take_line(tracer, at, sink);
        at = feed + 1;
    }
    tracer->size = (size_t)(end - at);
    memmove(tracer->text, at, tracer->size);
}

// A tracer that was killed leaves its breakpoints in the program, which die by them.
static void rescue_when_lost(struct tracer *tracer)
{
    if (tracer->complete || tracer->lost)
        return;
    tracer->lost = true;
    step_rescue_restore(tracer->rescue);
}

// Read once. False at the end.
static bool read_some(struct tracer *tracer, const struct event_sink *sink, int flags)
{
    enum { PIECE = 65536 };

    if (tracer->capacity - tracer->size < PIECE) {
        tracer->capacity += (size_t)2 * PIECE;
        tracer->text = mem_resize(tracer->text, tracer->capacity, 1);
    }
    ssize_t n = recv(tracer->socket, tracer->text + tracer->size, PIECE, flags);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return errno == EINTR;
    if (n <= 0) {
        rescue_when_lost(tracer);
        return false;
    }
    tracer->size += (size_t)n;
    take_lines(tracer, sink);
    return true;
}

void tracer_read(struct tracer *tracer, const struct event_sink *sink)
{
    while (read_some(tracer, sink, MSG_DONTWAIT))
        ;
}

void tracer_finish(struct tracer *tracer, const struct event_sink *sink)
{
    shutdown(tracer->socket, SHUT_WR);
    while (read_some(tracer, sink, 0))
        ;
    reap(tracer);
}

void tracer_destroy(struct tracer *tracer)
{
    if (!tracer)
        return;
    close(tracer->socket);
    reap(tracer);
    step_rescue_destroy(tracer->rescue);
    free(tracer->text);
    free(tracer);
}
