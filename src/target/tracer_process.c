#include "target/tracer_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "event/event_text.h"
#include "target/stepper.h"

#define REPORT_NS INT64_C(100000000)

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Nothing of the terminal's reaches it, and it keeps none of lprof's files open.
static int leave_lprof(int socket)
{
    sigset_t all;
    sigset_t child;

    setsid();
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGCHLD, SIG_DFL);
    if (socket != 3) {
        dup2(socket, 3);
        fcntl(3, F_SETFD, FD_CLOEXEC);
    }
    syscall(SYS_close_range, 4U, ~0U, 0U);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    return signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
}

// ---- handing on

static void send_event(FILE *out, enum event_kind kind, const union event_detail *detail)
{
    struct event_sink sink = event_text_writer(out);
    struct event event = {.kind = kind, .time_ns = (uint64_t)now_ns(), .u = *detail};

    sink.receive(sink.context, &event);
}

static void send_counter(FILE *out, const struct event_counter *counter)
{
    if (counter->count || counter->kind == EVENT_COUNTER_ENTRIES)
        send_event(out, EVENT_COUNTER, &(union event_detail){.counter = *counter});
}

static void send_functions(FILE *out, const struct step_plan *plan)
{
    for (size_t i = 0; i < plan->n_choices; i++) {
        const struct step_choice *choice = &plan->choices[i];
        send_event(out, EVENT_CHOICE,
                   &(union event_detail){
                       .choice = {plan->number, choice->addr, choice->depth, choice->marked}});
    }
    for (size_t i = 0; i < plan->n_parts; i++) {
        const struct step_part *part = &plan->parts[i];
        send_counter(out, &(struct event_counter){.kind = EVENT_COUNTER_PART,
                                                  .from_module = plan->number,
                                                  .from = part->begin,
                                                  .module = plan->number,
                                                  .addr = plan->functions[part->function].entry,
                                                  .count = part->end - part->begin});
    }
    for (size_t i = 0; i < plan->n_functions; i++) {
        const struct step_function *function = &plan->functions[i];
        struct event_counter counter = {.kind = EVENT_COUNTER_ENTRIES,
                                        .module = plan->number,
                                        .addr = function->entry,
                                        .count = function->calls};
        send_counter(out, &counter);
        counter.kind = EVENT_COUNTER_PRIMITIVE;
        counter.count = function->primitive;
        send_counter(out, &counter);
    }
}

static void send_plan(FILE *out, const struct step_plan *plan)
{
    size_t capacity;

    send_functions(out, plan);
    for (size_t i = 0; i < plan->n_parts; i++) {
        const struct step_part *part = &plan->parts[i];
        for (uint64_t addr = part->begin; addr < part->end; addr++)
            send_counter(
                out, &(struct event_counter){.kind = EVENT_COUNTER_INSTRUCTION,
                                             .module = plan->number,
                                             .addr = addr,
                                             .count = plan->cells[i][addr - part->begin].count});
    }
    const struct step_edge *edges = step_plan_edges(plan, &capacity);
    for (size_t i = 0; i < capacity; i++)
        send_counter(out, &(struct event_counter){.kind = EVENT_COUNTER_EDGE,
                                                  .from_module = plan->number,
                                                  .from = edges[i].from,
                                                  .module = plan->number,
                                                  .addr = edges[i].to,
                                                  .count = edges[i].count});
}

static void send_calls(FILE *out, const struct step_edges *calls)
{
    for (size_t i = 0; i < calls->capacity; i++) {
        const struct step_edge *call = &calls->slots[i];
        send_counter(out, &(struct event_counter){.kind = EVENT_COUNTER_CALL,
                                                  .from_module = step_count_module(call->from),
                                                  .from = step_count_addr(call->from),
                                                  .module = step_count_module(call->to),
                                                  .addr = step_count_addr(call->to),
                                                  .count = call->count});
    }
}

static void send_times(FILE *out, const struct step_times *times)
{
    struct event_place places[EVENT_PLACES_MAX];

    for (size_t i = 0; i < times->n; i++) {
        struct event_called called = {.calls = places, .time_ns = times->chains[i].time_ns};
        for (uint32_t at = (uint32_t)i + 1; at; at = times->chains[at - 1].outer) {
            uint64_t site = times->chains[at - 1].site;
            places[called.n++] =
                (struct event_place){step_count_module(site), step_count_addr(site)};
        }
        if (called.time_ns)
            send_event(out, EVENT_CALLED, &(union event_detail){.called = called});
    }
}

static void send_births(FILE *out, const struct stepper *stepper)
{
    struct event_sink sink = event_text_writer(out);

    for (size_t i = 0; i < stepper->n_births; i++) {
        const struct step_birth *birth = &stepper->births[i];
        struct event event = {.kind = EVENT_FORK,
                              .pid = birth->pid,
                              .tid = birth->tid,
                              .time_ns = (uint64_t)now_ns(),
                              .u.fork = {birth->parent_pid, birth->parent_tid}};
        sink.receive(sink.context, &event);
    }
}

static void send_all(FILE *out, const struct stepper *stepper)
{
    for (size_t i = 0; i < stepper->plans.count; i++) {
        const struct step_plan *plan = stepper->plans.items[i];
        send_event(out, EVENT_MODULE,
                   &(union event_detail){.module = {.number = plan->number, .path = plan->path}});
    }
    for (size_t i = 0; i < stepper->plans.count; i++)
        send_plan(out, stepper->plans.items[i]);
    send_calls(out, &stepper->count.calls);
    send_times(out, &stepper->count.times);
    send_births(out, stepper);
    fprintf(out, "steps %" PRIu64 "\nend\n", stepper->count.steps);
    fflush(out);
}

// ---- the loop

// Whether lprof said that it is enough, or died.
static bool is_enough(int socket, int children, int timeout_ms)
{
    struct pollfd fds[] = {{.fd = socket, .events = POLLIN}, {.fd = children, .events = POLLIN}};
    struct signalfd_siginfo info;

    if (poll(fds, 2, timeout_ms) < 0)
        return false;
    while (read(children, &info, sizeof info) > 0)
        ;
    return fds[0].revents != 0;
}

_Noreturn void tracer_process_run(pid_t pid, const struct step_planner *planner, bool children,
                                  struct step_rescue *rescue, int socket)
{
    int signals = leave_lprof(socket);
    FILE *out = fdopen(3, "w");
    struct stepper stepper;
    int64_t next = now_ns() + REPORT_NS;

    stepper_init(&stepper, planner, children);
    stepper.rescue = rescue;
    int errnum = stepper_seize(&stepper, pid);
    if (errnum) {
        fprintf(out, "failed %d\n", errnum);
        fflush(out);
        _exit(1);
    }
    fprintf(out, "ready\n");
    fflush(out);
    while (stepper_work(&stepper)) {
        if (is_enough(3, signals, 1000)) {
            stepper_let_go(&stepper);
            break;
        }
        if (now_ns() < next)
            continue;
        next = now_ns() + REPORT_NS;
        fprintf(out, "steps %" PRIu64 "\n", stepper.count.steps);
        fflush(out);
    }
    send_all(out, &stepper);
    stepper_deinit(&stepper);
    _exit(0);
}
