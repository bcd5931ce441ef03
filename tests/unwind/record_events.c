// Records a program's events, stacks included, as text:
//
//     record_events EVENTS RATE PROGRAM [ARG...]
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "collect/collector.h"
#include "event/event_text.h"
#include "target/signals.h"
#include "target/spawn.h"

enum { FDS_MAX = 1024 };

static void drain_until_end(struct collector *collector, struct spawn *spawn, FILE *out)
{
    struct event_sink sink = event_text_writer(out);
    struct pollfd fds[FDS_MAX];

    for (;;) {
        fds[0] = (struct pollfd){.fd = spawn->pidfd, .events = POLLIN};
        size_t n = 1 + collect_perf.poll_fds(collector, fds + 1, FDS_MAX - 1);
        poll(fds, (nfds_t)n, 100);
        if (fds[0].revents)
            break;
        collect_perf.drain(collector, &sink, false);
    }
    collect_perf.drain(collector, &sink, true);
}

static struct lprof_error *record(FILE *out, uint32_t rate_hz, char *const argv[])
{
    struct collector_options options = {.rate_hz = rate_hz, .children = true};
    struct collector *collector;
    struct spawn spawn;
    struct signals signals;
    int status;

    signals_save(&signals);
    struct lprof_error *err = spawn_start(argv, &signals, NULL, &spawn);
    if (err)
        return err;
    err = collect_perf.open(&options, spawn.pid, &collector);
    if (err) {
        spawn_cancel(&spawn);
        return err;
    }
    err = spawn_release(&spawn);
    if (!err) {
        drain_until_end(collector, &spawn, out);
        err = spawn_wait(&spawn, &status);
    }
    collect_perf.destroy(collector);
    spawn_deinit(&spawn);
    return err;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: record_events EVENTS RATE PROGRAM [ARG...]\n");
        return 2;
    }
    CLEANUP(cleanup_fclose) FILE *out = fopen(argv[1], "w");
    if (!out) {
        perror(argv[1]);
        return 1;
    }
    struct lprof_error *err = record(out, (uint32_t)strtoul(argv[2], NULL, 10), argv + 3);
    if (err)
        fprintf(stderr, "record_events: %s\n", err->message);
    error_destroy(err);
    return err ? 1 : 0;
}
