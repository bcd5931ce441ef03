#include "api/record.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "api/record_dump.h"
#include "api/record_heap.h"
#include "api/record_meta.h"
#include "api/record_notes.h"
#include "api/record_regions.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "collect/perf_open.h"
#include "ingest/ingest.h"
#include "profile/builder.h"
#include "profile/filter.h"
#include "target/spawn.h"

#define CAPTURE_FAILED 125
#define TICK_MS 100
#define TICK_WITHOUT_PIDFD_MS 10
#define TICK_WITH_REGIONS_MS 20

// Places in the list of what is polled; those of the collector follow.
enum { POLL_PROGRAM, POLL_SIGNALS, POLL_COLLECTOR };

// One run.
struct recording {
    const struct record_options *options;
    struct collector_options collector_options;
    const struct collector_ops *ops; // NULL = no sampling.
    struct agent_link agent;         // Empty when nothing is counted exactly.
    struct lprof_error *no_agent;    // Why it is.
    struct spawn spawn;
    struct collector *collector;
    struct record_heap heap;
    struct record_regions regions;
    struct record_dump dump;
    uint64_t forgotten_ns; // CPU time that was counted before all was forgotten.
    struct profile *profile;
    struct ingest *ingest;
    struct event_sink sink;
    int signals; // Where signals to be handed on arrive; -1 = nowhere.
    struct pollfd *fds;
    size_t n_fds;
    int64_t start_ns;
    int64_t next_tick_ns;
    struct rusage usage_before; // Of children that were waited for before the program.
};

// Whether perf events are taken.
static bool is_sampled(const struct collector_options *options)
{
    return !options->step && (options->rate_hz || options->memory);
}

static int64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void deinit(struct recording *recording)
{
    if (recording->collector)
        recording->ops->destroy(recording->collector);
    record_heap_deinit(&recording->heap);
    record_dump_deinit(&recording->dump);
    record_regions_deinit(&recording->regions);
    ingest_destroy(recording->ingest);
    profile_destroy(recording->profile);
    spawn_cancel(&recording->spawn);
    spawn_deinit(&recording->spawn);
    agent_link_close(&recording->agent);
    error_destroy(recording->no_agent);
    if (recording->signals >= 0)
        close(recording->signals);
    free(recording->fds);
}

// ---- getting ready

static struct lprof_error *start_program(struct recording *recording)
{
    struct signals signals;

    signals_save(&signals);
    for (int signo = 1; recording->options->forward && signo <= SIGRTMAX; signo++) {
        if (sigismember(recording->options->forward, signo) == 1)
            sigdelset(&signals.blocked, signo);
    }
    struct lprof_error *err = record_heap_begin(&recording->heap, recording->options);
    if (!err)
        err = record_regions_begin(&recording->regions, recording->options);
    if (!err)
        err = spawn_start(recording->options->argv, &signals, recording->collector_options.agent,
                          &recording->spawn);
    // In the other order: each puts back what was before it.
    record_regions_started(&recording->regions, recording->spawn.pid);
    record_heap_started(&recording->heap, recording->spawn.pid);
    return err;
}

// Without an agent there is no exact counting, but sampling.
static void open_agent(struct recording *recording)
{
    const struct collector_options *options = &recording->options->collector;

    recording->no_agent = agent_link_check(recording->options->argv[0]);
    if (!recording->no_agent)
        recording->no_agent = agent_link_open(&recording->agent);
    if (recording->no_agent) {
        recording->ops = is_sampled(options) ? &collect_perf : NULL;
        return;
    }
    recording->collector_options.agent = &recording->agent;
}

static struct lprof_error *open_signals(struct recording *recording)
{
    if (!recording->options->forward)
        return NULL;
    recording->signals = signalfd(-1, recording->options->forward, SFD_CLOEXEC | SFD_NONBLOCK);
    return recording->signals < 0 ? error_from_errno(errno, "signalfd") : NULL;
}

static void list_descriptors(struct recording *recording)
{
    size_t n = recording->ops ? recording->ops->poll_fds(recording->collector, NULL, 0) : 0;

    recording->n_fds = POLL_COLLECTOR + n;
    recording->fds = mem_alloc_array(recording->n_fds, sizeof *recording->fds);
    recording->fds[POLL_PROGRAM] = (struct pollfd){.fd = recording->spawn.pidfd, .events = POLLIN};
    recording->fds[POLL_SIGNALS] = (struct pollfd){.fd = recording->signals, .events = POLLIN};
    if (n)
        recording->ops->poll_fds(recording->collector, recording->fds + POLL_COLLECTOR, n);
}

static struct lprof_error *prepare(struct recording *recording)
{
    const struct record_options *options = recording->options;

    recording->collector_options = options->collector;
    if (options->collector.exact)
        open_agent(recording);
    struct lprof_error *err = start_program(recording);

    if (!err && options->collector.step)
        err = spawn_allow_tracer(&recording->spawn);
    recording->collector_options.heap = recording->heap.ring;
    if (!err && recording->ops)
        err = recording->ops->open(&recording->collector_options, recording->spawn.pid,
                                   &recording->collector);
    if (!err)
        err = open_signals(recording);
    if (err)
        return err;
    recording->profile = profile_create();
    recording->ingest = ingest_create(recording->profile);
    recording->sink = ingest_sink(recording->ingest);
    if (recording->regions.area)
        recording->sink = region_area_sink(recording->regions.area, &recording->sink);
    record_meta_start(recording->profile, options->argv, options->mode_asked,
                      recording->ops && (options->collector.step || is_sampled(&options->collector))
                          ? recording->ops->name
                          : "none",
                      options->collector.step ? 0 : options->collector.rate_hz);
    if (options->collector.step)
        recording->profile->meta.mode = profile_string(recording->profile, "step");
    list_descriptors(recording);
    return NULL;
}

// ---- running

// The program is a child that has not been reaped: its id is its own.
static void hand_on_signals(const struct recording *recording)
{
    struct signalfd_siginfo info;

    while (recording->signals >= 0 &&
           read(recording->signals, &info, sizeof info) == (ssize_t)sizeof info)
        kill(recording->spawn.pid, (int)info.ssi_signo);
}

static void tick_when_due(struct recording *recording)
{
    const struct record_watch *watch = &recording->options->watch;
    int64_t now = monotonic_ns();

    if (!watch->tick || now < recording->next_tick_ns)
        return;
    recording->next_tick_ns = now + TICK_MS * INT64_C(1000000);
    watch->tick(watch->context, recording->profile, (double)(now - recording->start_ns) * 1e-9);
}

// Waits for something to happen. False when the program has ended.
static bool wait_for_events(struct recording *recording)
{
    int timeout_ms = recording->spawn.pidfd >= 0 ? TICK_MS : TICK_WITHOUT_PIDFD_MS;

    if (recording->heap.ring)
        timeout_ms = record_heap_pause_ms(&recording->heap);
    if (recording->regions.area && timeout_ms > TICK_WITH_REGIONS_MS)
        timeout_ms = TICK_WITH_REGIONS_MS;

    if (poll(recording->fds, recording->n_fds, timeout_ms) < 0)
        return true; // A signal that is caught; what it means is not ours.
    for (size_t i = POLL_COLLECTOR; i < recording->n_fds; i++) {
        // An event whose threads have all ended would wake us for ever.
        if (recording->fds[i].revents & (POLLHUP | POLLERR))
            recording->fds[i].fd = -1;
    }
    if (recording->spawn.pidfd >= 0)
        return !(recording->fds[POLL_PROGRAM].revents & POLLIN);
    return !spawn_has_ended(&recording->spawn);
}

static void drain(struct recording *recording, bool last)
{
    if (recording->regions.area)
        region_area_look(recording->regions.area);
    if (recording->ops)
        recording->ops->drain(recording->collector, &recording->sink, last);
}

static void tell_steps(struct recording *recording)
{
    struct collector_totals totals = {0};

    if (!recording->options->collector.step)
        return;
    recording->ops->totals(recording->collector, &totals);
    recording->profile->counters.steps = (int64_t)totals.steps;
}

// ---- the end

static uint64_t used_ns(const struct rusage *usage)
{
    return (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000000 +
           (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000;
}

// What the program did not want to have measured.
static uint64_t left_out_ns(const struct recording *recording, uint64_t counted_ns)
{
    const struct region_area *area = recording->regions.area;
    uint64_t ns = area ? region_area_totals(area).left_out_ns + recording->forgotten_ns : 0;

    return ns < counted_ns ? ns : counted_ns;
}

// The totals of the collector; without one, CPU time as the kernel accounts it to a reaped child.
static void get_totals(const struct recording *recording, struct collector_totals *ret)
{
    struct rusage usage = {0};

    *ret = (struct collector_totals){0};
    if (recording->ops)
        recording->ops->totals(recording->collector, ret);
    if (recording->ops && is_sampled(&recording->options->collector)) {
        ret->counted_ns -= left_out_ns(recording, ret->counted_ns);
        return;
    }
    getrusage(RUSAGE_CHILDREN, &usage);
    ret->counted_ns = used_ns(&usage) - used_ns(&recording->usage_before);
}

static void receive_note(void *context, const char *code, int64_t count, const char *text,
                         const char *hint)
{
    builder_note(context, code, count, text, hint);
}

static void note_no_agent(struct recording *recording)
{
    CLEANUP(cleanup_free)
    char *text = mem_printf("no hits were counted: %s", recording->no_agent->message);

    builder_note(recording->profile, "not-counted", 1, text,
                 recording->no_agent->hint ? recording->no_agent->hint
                                           : "lprof --mode step -f NAME");
}

static void add_notes(struct recording *recording, const struct collector_totals *totals)
{
    const struct collector_options *options = &recording->options->collector;

    if (options->step)
        record_notes_counts(recording->profile, totals);
    else if (is_sampled(options))
        record_notes_add(recording->profile, totals, options, perf_open_paranoid());
    if (recording->no_agent)
        note_no_agent(recording);
    if (recording->ops && recording->ops->note)
        recording->ops->note(recording->collector,
                             &(struct collector_notes){receive_note, recording->profile});
}

// Everything but the exit status of a program that runs still.
static void conclude(struct recording *recording, int64_t wall_ns, int exit_status,
                     struct collector_totals *totals, struct kept *kept)
{
    const struct record_options *options = recording->options;

    ingest_finish(recording->ingest);
    wall_ns -= options->collector.delay_ns;
    record_meta_end(recording->profile, totals, wall_ns, exit_status);
    record_notes_delay(recording->profile, options->collector.delay_ns);
    add_notes(recording, totals);
    ingest_keep(recording->ingest, kept);
    record_heap_note(&recording->heap, recording->profile);
    record_regions_note(&recording->regions, recording->profile);
}

static void tell_regions(struct recording *recording)
{
    const struct event_sink sink = ingest_sink(recording->ingest);

    if (recording->regions.area)
        region_area_tell(recording->regions.area, &sink);
}

static struct lprof_error *finish(struct recording *recording, int64_t wall_ns,
                                  struct record_result *result)
{
    int exit_status;

    drain(recording, true);
    tell_regions(recording);
    // What the collector's own process used is not the program's.
    getrusage(RUSAGE_CHILDREN, &recording->usage_before);
    struct lprof_error *err = spawn_wait(&recording->spawn, &exit_status);
    if (err)
        return err;
    get_totals(recording, &result->totals);
    conclude(recording, wall_ns, exit_status, &result->totals, &result->kept);
    result->exit_status = exit_status;
    result->profile = take_ptr(&recording->profile);
    return NULL;
}

// ---- what the program asks for meanwhile

// In a process of its own, which may use up what there is.
static struct profile *take_profile(void *context, struct kept *kept)
{
    struct recording *recording = context;
    struct collector_totals totals;

    if (recording->ops && recording->ops->tell)
        recording->ops->tell(recording->collector, &recording->sink);
    tell_regions(recording);
    get_totals(recording, &totals);
    conclude(recording, monotonic_ns() - recording->start_ns, 0, &totals, kept);
    return recording->profile;
}

static void forget(struct recording *recording)
{
    struct collector_totals totals;

    recording->forgotten_ns = 0;
    get_totals(recording, &totals);
    recording->forgotten_ns = totals.counted_ns;
    recording->start_ns = monotonic_ns();
    filter_none(recording->profile);
}

static void serve_regions(struct recording *recording)
{
    if (region_area_forget(recording->regions.area))
        forget(recording);
    record_dump_serve(&recording->dump, recording->regions.area, take_profile, recording);
}

// ---- the run

static void run_to_the_end(struct recording *recording)
{
    bool runs = true;

    while (runs) {
        runs = wait_for_events(recording);
        hand_on_signals(recording);
        drain(recording, false);
        tell_steps(recording);
        if (recording->regions.area)
            serve_regions(recording);
        if (runs)
            tick_when_due(recording);
    }
}

static struct lprof_error *record(struct recording *recording, struct record_result *result)
{
    struct lprof_error *err = prepare(recording);

    if (err)
        return err;
    recording->start_ns = monotonic_ns();
    pid_t pid = recording->spawn.pid;
    err = spawn_release(&recording->spawn);
    if (err) {
        result->exit_status = spawn_exit_status(err);
        return err;
    }
    result->pid = pid;
    run_to_the_end(recording);
    return finish(recording, monotonic_ns() - recording->start_ns, result);
}

struct lprof_error *record_program(const struct record_options *options, struct record_result *ret)
{
    CLEANUP(deinit)
    struct recording recording = {
        .options = options,
        .ops = options->collector.step           ? &collect_step
               : options->collector.exact        ? &collect_exact
               : is_sampled(&options->collector) ? &collect_perf
                                                 : NULL,
        .signals = -1,
    };

    assert(options->argv[0]);
    *ret = (struct record_result){.exit_status = CAPTURE_FAILED};
    return record(&recording, ret);
}
