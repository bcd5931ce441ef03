#include <stdlib.h>

#include "base/mem.h"
#include "collect/collector.h"
#include "collect/step_planner.h"
#include "target/tracer.h"

struct collector {
    struct tracer *tracer;
    const struct choice_options *choice;
};

static void plan(void *context, const char *path, uint64_t file_offset, struct step_plan *ret)
{
    step_planner_plan(context, path, file_offset, ret);
}

static struct lprof_error *step_open(const struct collector_options *options, pid_t pid,
                                     struct collector **ret)
{
    const struct step_planner planner = {plan, (void *)(uintptr_t)options->choice};
    struct tracer *tracer = NULL;
    struct lprof_error *err = tracer_start(pid, &planner, options->children, &tracer);

    if (err)
        return err;
    *ret = mem_alloc(sizeof **ret);
    (*ret)->tracer = tracer;
    return NULL;
}

static size_t step_poll_fds(const struct collector *collector, struct pollfd *fds, size_t room)
{
    if (room)
        fds[0] = (struct pollfd){.fd = tracer_fd(collector->tracer), .events = POLLIN};
    return 1;
}

static void step_drain(struct collector *collector, const struct event_sink *sink, bool last)
{
    if (last)
        tracer_finish(collector->tracer, sink);
    else
        tracer_read(collector->tracer, sink);
}

static void step_totals(const struct collector *collector, struct collector_totals *ret)
{
    *ret = (struct collector_totals){.steps = tracer_steps(collector->tracer),
                                     .counts_lost = !tracer_is_complete(collector->tracer)};
}

static void step_destroy(struct collector *collector)
{
    if (!collector)
        return;
    tracer_destroy(collector->tracer);
    free(collector);
}

const struct collector_ops collect_step = {
    .name = "ptrace",
    .open = step_open,
    .poll_fds = step_poll_fds,
    .drain = step_drain,
    .totals = step_totals,
    .destroy = step_destroy,
};
