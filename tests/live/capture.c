#include "capture.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "target/spawn.h"

struct watcher {
    struct capture *capture;
    pid_t pid;
    uint64_t last_ns;
    pid_t tids[64];
};

static void see_thread(struct watcher *watcher, pid_t tid)
{
    struct capture *capture = watcher->capture;

    for (uint64_t i = 0; i < capture->threads; i++) {
        if (watcher->tids[i] == tid)
            return;
    }
    if (capture->threads < 64)
        watcher->tids[capture->threads++] = tid;
}

static void see_sample(struct watcher *watcher, const struct event *event)
{
    const struct event_sample *sample = &event->u.sample;
    struct capture *capture = watcher->capture;

    capture->sampled_ns += sample->weight_ns;
    if (sample->in_kernel)
        capture->kernel_ns += sample->weight_ns;
    if (event->pid == watcher->pid)
        capture->main_ns += sample->weight_ns;
    capture->with_stack += sample->has_registers && sample->stack_size >= 64;
    capture->fast += sample->weight_ns < 300000;
    see_thread(watcher, event->tid);
}

static void receive(void *context, const struct event *event)
{
    struct watcher *watcher = context;

    watcher->capture->events[event->kind]++;
    if (event->kind == EVENT_SAMPLE)
        see_sample(watcher, event);
    if (event->kind == EVENT_MAP)
        watcher->capture->build_ids += event->u.map.build_id.size > 0;
    watcher->capture->disordered += event->time_ns < watcher->last_ns;
    watcher->last_ns = event->time_ns;
}

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double used_ns(void)
{
    struct rusage usage;

    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
}

static void wait_and_drain(struct collector *collector, const struct spawn *spawn,
                           const struct event_sink *sink, int stall_ms)
{
    struct pollfd fds[1024] = {{.fd = spawn->pidfd, .events = POLLIN}};
    size_t n = 1 + collect_perf.poll_fds(collector, fds + 1, 1023);

    while (!(fds[0].revents & POLLIN)) {
        if (stall_ms)
            poll(NULL, 0, stall_ms);
        poll(fds, stall_ms ? 1 : n, stall_ms ? 0 : 100);
        for (size_t i = 1; i < n; i++)
            fds[i].fd = fds[i].revents & POLLHUP ? -1 : fds[i].fd;
        collect_perf.drain(collector, sink, false);
    }
    collect_perf.drain(collector, sink, true);
}

static struct lprof_error *run(const struct collector_options *options, int stall_ms,
                               struct spawn *spawn, struct capture *capture)
{
    struct collector *collector = NULL;
    struct watcher watcher = {.capture = capture, .pid = spawn->pid};
    struct event_sink sink = {.receive = receive, .context = &watcher};
    struct lprof_error *err = collect_perf.open(options, spawn->pid, &collector);

    if (err) {
        spawn_cancel(spawn);
        return err;
    }
    double start = now_ns();
    err = spawn_release(spawn);
    if (!err) {
        wait_and_drain(collector, spawn, &sink, stall_ms);
        capture->wall_ns = now_ns() - start;
        err = spawn_wait(spawn, &capture->exit_status);
    }
    collect_perf.totals(collector, &capture->totals);
    collect_perf.destroy(collector);
    return err;
}

struct capture capture_run(const struct collector_options *options, int stall_ms,
                           char *const argv[])
{
    struct capture capture = {.exit_status = -1};
    struct signals signals;
    struct spawn spawn = {0};
    double before = used_ns();

    signals_save(&signals);
    struct lprof_error *err = spawn_start(argv, &signals, NULL, &spawn);
    if (!err)
        err = run(options, stall_ms, &spawn, &capture);
    if (err)
        printf("%s (%s)\n", err->message, err->hint ? err->hint : "no hint");
    error_destroy(err);
    spawn_deinit(&spawn);
    capture.rusage_ns = used_ns() - before;
    return capture;
}
