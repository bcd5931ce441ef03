// Sampling goes on as ever beside the counting; this collector only stands between, for samples in copies.
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "collect/collector.h"
#include "collect/counting_cost.h"
#include "collect/exact_calls.h"
#include "collect/exact_fault.h"
#include "collect/exact_install.h"
#include "collect/exact_pointers.h"
#include "collect/exact_regions.h"
#include "collect/exact_samples.h"
#include "collect/exact_times.h"

struct collector {
    struct collector *perf; // NULL = no sampling.
    struct agent_link *agent;
    const struct choice_options *choice;
    struct exact_modules modules;
    struct exact_samples samples;
    bool children;               // Programs of other processes are counted, too.
    pid_t pid;                   // Of the first program.
    struct lprof_error *failure; // Why functions are not counted: the first reason.
    bool greeted;                // The agent was heard of.
    bool hung_up;                // No more of it is to be expected on the first line.
    bool unhooked;               // What is opened or run later is not heard of.
    uint64_t waited_ns;
    uint64_t overflow; // Threads without counters.
    struct rewrite_passes passes;
    struct exact_times times;
};

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void destroy(struct collector *collector)
{
    if (!collector)
        return;
    if (collector->perf)
        collect_perf.destroy(collector->perf);
    exact_times_deinit(&collector->times);
    exact_samples_deinit(&collector->samples);
    exact_modules_deinit(&collector->modules);
    error_destroy(collector->failure);
    free(collector);
}

static struct lprof_error *open_collector(const struct collector_options *options, pid_t pid,
                                          struct collector **ret)
{
    struct collector *collector = mem_alloc(sizeof *collector);
    struct lprof_error *err = NULL;

    collector->agent = options->agent;
    collector->choice = options->choice;
    collector->children = options->children;
    collector->pid = pid;
    collector->modules.times_calls = options->time_calls;
    collector->modules.timers.most = UINT32_MAX;
    if (options->rate_hz || options->memory)
        err = collect_perf.open(options, pid, &collector->perf);
    if (err)
        destroy(collector);
    else
        *ret = collector;
    return err;
}

static size_t poll_fds(const struct collector *collector, struct pollfd *fds, size_t room)
{
    const int own[] = {collector->agent->socket, collector->agent->listener};
    enum { OWN = sizeof own / sizeof *own };

    for (size_t i = 0; i < OWN && i < room; i++)
        fds[i] = (struct pollfd){.fd = own[i], .events = POLLIN};
    if (!collector->perf)
        return OWN;
    return OWN + collect_perf.poll_fds(collector->perf, room > OWN ? fds + OWN : NULL,
                                       room > OWN ? room - OWN : 0);
}

// ---- programs and libraries

static void keep_failure(struct collector *collector, struct lprof_error *err)
{
    if (collector->failure)
        error_destroy(err);
    else
        collector->failure = err;
}

// The program waits meanwhile.
static void install(struct collector *collector, struct agent_call *call)
{
    struct exact_places places = {0};

    keep_failure(collector, exact_install(collector->choice, call, &collector->modules, &places));
    uint64_t now_ns = monotonic_ns();
    exact_samples_add(&collector->samples, call->pid, now_ns, &places);
    if (call->pid == collector->pid)
        collector->waited_ns += now_ns - call->since_ns;
}

static void install_first(struct collector *collector)
{
    struct agent_call call;

    collector->greeted = agent_call_first(collector->agent, &call);
    if (collector->greeted)
        install(collector, &call);
    if (collector->perf)
        collect_perf.started(collector->perf);
    if (collector->greeted) {
        collector->unhooked = call.hook_count < AGENT_HOOKS_MAX || collector->agent->listener < 0;
        agent_call_end(&call);
    }
    collector->hung_up = true;
}

// In another root nothing is where lprof knows it.
static bool is_elsewhere(pid_t pid)
{
    CLEANUP(cleanup_free) char *link = mem_printf("/proc/%d/root", pid);
    char root[2];

    return readlink(link, root, sizeof root) != 1;
}

// Whether a program that is about to run is to load the agent.
static bool is_wanted(struct collector *collector, struct agent_call *call)
{
    CLEANUP(cleanup_free) char *path = agent_call_program(call);

    if (!path || (call->pid != collector->pid && !collector->children) || is_elsewhere(call->pid))
        return false;
    struct lprof_error *err = agent_link_check_file(path_basename(path), path);
    if (!err)
        return true;
    keep_failure(collector, err);
    return false;
}

static void answer_next(struct collector *collector)
{
    struct agent_call call;

    while (agent_call_next(collector->agent, &call)) {
        if (call.event == AGENT_EXECS)
            agent_call_answer(&call, is_wanted(collector, &call));
        else
            install(collector, &call);
        agent_call_end(&call);
    }
}

static void listen_when_due(struct collector *collector)
{
    struct pollfd fd = {.fd = collector->agent->socket, .events = POLLIN};

    if (!collector->hung_up && poll(&fd, 1, 0) > 0 && fd.revents)
        install_first(collector);
    answer_next(collector);
}

// ---- events

static void receive(void *context, const struct event *event)
{
    exact_samples_receive(context, event);
}

static void add_passes(struct collector *collector, const struct exact_module *module,
                       const uint64_t *slots)
{
    for (size_t i = 0; i < module->choice.n_functions; i++)
        if (!module->functions[i].refusal)
            rewrite_passes_add(module->rewrite, module->functions[i].rewritten,
                               slots + module->first_slot, &collector->passes);
}

// What the threads are asked for.
struct threads {
    struct exact_pointers pointers;
    struct exact_times *times;
};

static void see_thread(void *context, const uint64_t *slots, const struct agent_times *times)
{
    struct threads *threads = context;

    exact_pointers_add(&threads->pointers, slots);
    if (times)
        exact_times_add(threads->times, times);
}

static void see_region(void *context, const uint64_t *slots, const struct agent_times *times)
{
    (void)times;
    exact_pointers_add(context, slots);
}

static void tell_threads(struct collector *collector, const struct exact_calls *calls,
                         const struct event_sink *sink)
{
    struct threads threads = {{.modules = &collector->modules}, &collector->times};

    exact_times_init(&collector->times, &collector->modules);
    agent_link_each(collector->agent, collector->modules.slots, see_thread, &threads);
    exact_pointers_tell(&threads.pointers, calls, sink);
    exact_pointers_deinit(&threads.pointers);
    if (collector->agent->times)
        exact_times_tell(&collector->times, agent_link_tick_ns(collector->agent), sink);
}

// Once more, of what was counted inside of each region.
static void tell_regions(const struct collector *collector, const struct exact_calls *calls,
                         uint64_t *slots, const struct event_sink *sink)
{
    const struct exact_modules *modules = &collector->modules;
    CLEANUP(cleanup_free) uint64_t *regions = NULL;
    size_t n = agent_link_regions(collector->agent, &regions);

    for (size_t i = 0; i < n; i++) {
        struct exact_regions inside = {.sink = sink, .region = (uint32_t)regions[i]};
        const struct event_sink between = exact_regions_sink(&inside);
        CLEANUP(exact_pointers_deinit) struct exact_pointers pointers = {.modules = modules};
        agent_link_sum_in(collector->agent, regions[i], slots, modules->slots);
        for (size_t k = 0; k < modules->count; k++)
            if (modules->items[k]->installed)
                exact_module_tell(modules->items[k], slots, calls, &between);
        agent_link_each_in(collector->agent, regions[i], modules->slots, see_region, &pointers);
        exact_pointers_tell(&pointers, calls, &between);
    }
}

static void tell_counts(struct collector *collector, const struct event_sink *sink)
{
    const struct exact_modules *modules = &collector->modules;
    CLEANUP(cleanup_free) uint64_t *slots = mem_alloc_array(modules->slots + 1, sizeof *slots);
    CLEANUP(exact_calls_deinit) struct exact_calls calls;

    exact_calls_init(&calls, modules->items, modules->count);
    collector->overflow = agent_link_sum(collector->agent, slots, modules->slots);
    for (size_t i = 0; i < modules->count; i++) {
        if (!modules->items[i]->installed)
            continue;
        exact_module_tell(modules->items[i], slots, &calls, sink);
        add_passes(collector, modules->items[i], slots);
    }
    tell_threads(collector, &calls, sink);
    tell_regions(collector, &calls, slots, sink);
}

static void drain(struct collector *collector, const struct event_sink *sink, bool last)
{
    const struct event_sink between = {receive, &collector->samples};

    listen_when_due(collector);
    collector->samples.sink = sink;
    if (collector->perf)
        collect_perf.drain(collector->perf, &between, last);
    if (last)
        tell_counts(collector, sink);
}

// ---- the end

static size_t count_functions(const struct exact_modules *modules, bool refused)
{
    size_t n = 0;

    for (size_t i = 0; i < modules->count; i++) {
        const struct exact_module *module = modules->items[i];
        for (size_t j = 0; j < module->choice.n_functions && module->installed; j++) {
            const char *reason = module->functions[j].refusal;
            n += refused ? reason && *reason : !reason;
        }
    }
    return n;
}

static void note_function(const struct exact_module *module, size_t function,
                          const struct collector_notes *notes)
{
    const char *name = exact_module_name(module, function);
    CLEANUP(cleanup_free)
    char *text = mem_printf("%s is not counted: %s", name, module->functions[function].refusal);
    CLEANUP(cleanup_free) char *hint = mem_printf("lprof --mode step -f '%s'", name);

    notes->receive(notes->context, "not-counted", 1, text, hint);
}

// A few are told by name.
static void note_refused(const struct collector *collector, const struct collector_notes *notes)
{
    enum { NAMED_MOST = 3 };
    size_t left = NAMED_MOST;

    for (size_t i = 0; i < collector->modules.count; i++) {
        const struct exact_module *module = collector->modules.items[i];
        for (size_t j = 0; j < module->choice.n_functions && module->installed; j++) {
            const char *reason = module->functions[j].refusal;
            if (reason && *reason && left) {
                note_function(module, j, notes);
                left--;
            }
        }
    }
    size_t all = count_functions(&collector->modules, true);
    if (all > NAMED_MOST)
        notes->receive(notes->context, "not-counted", (int64_t)(all - NAMED_MOST),
                       "{} more functions are not counted", NULL);
}

// Whose fault it was is not known: of programs that crash by themselves it is said, too.
static void note_fault(const struct collector *collector, const struct collector_notes *notes)
{
    int signo;
    uint64_t addr;
    const char *function = agent_link_fault(collector->agent, &signo, &addr)
                               ? exact_fault_function(&collector->modules, addr)
                               : NULL;

    if (!function)
        return;
    const char *name = sigabbrev_np(signo);
    CLEANUP(cleanup_free)
    char *text =
        mem_printf("SIG%s in %s, which was counted, ended the program: if it does not when "
                   "that is left out, the fault is lprof's",
                   name ? name : "?", function);
    CLEANUP(cleanup_free) char *hint = mem_printf("lprof -x --exclude '%s'", function);
    notes->receive(notes->context, "counted-fault", 1, text, hint);
}

// What timing a call costs.
static double timing_ns(const struct collector *collector)
{
    return (double)collector->agent->timing_ticks * agent_link_tick_ns(collector->agent);
}

static void note(const struct collector *collector, const struct collector_notes *notes)
{
    if (!collector->greeted)
        notes->receive(notes->context, "not-counted", 1,
                       "no hits were counted: the program did not load lprof's agent",
                       "lprof --mode step -f NAME");
    if (collector->failure) {
        bool some = count_functions(&collector->modules, false);
        CLEANUP(cleanup_free)
        char *text = mem_printf("%s counted: %s", some ? "not all hits were" : "no hits were",
                                collector->failure->message);
        const char *hint = collector->failure->hint;
        notes->receive(notes->context, "not-counted", 1, text,
                       hint ? hint : "lprof --mode step -f NAME");
    }
    if (collector->unhooked)
        notes->receive(notes->context, "not-counted", 1,
                       "libraries and programs that came later are not counted: the program's C "
                       "library does not tell of them",
                       "lprof --mode step -f NAME");
    uint64_t unheard = agent_link_unheard(collector->agent);
    if (unheard)
        notes->receive(notes->context, "not-counted", (int64_t)unheard,
                       "a program in a sandbox opened libraries or ran another program: these are "
                       "not counted",
                       NULL);
    note_refused(collector, notes);
    note_fault(collector, notes);
    if (collector->agent->times && collector->times.timers)
        exact_times_note(&collector->times, timing_ns(collector), notes);
    if (collector->overflow)
        notes->receive(notes->context, "counts-approximate", (int64_t)collector->overflow,
                       "{} threads had no counters of their own: hits may be too low", NULL);
}

static void totals(const struct collector *collector, struct collector_totals *ret)
{
    *ret = (struct collector_totals){0};
    if (collector->perf)
        collect_perf.totals(collector->perf, ret);
    ret->waited_ns = collector->waited_ns;
    ret->counting_ns = (uint64_t)(counting_cost_ns(&collector->passes) +
                                  exact_times_cost_ns(&collector->times, timing_ns(collector)));
    ret->counted = count_functions(&collector->modules, false);
    ret->refused = count_functions(&collector->modules, true);
}

const struct collector_ops collect_exact = {
    .name = "perf",
    .open = open_collector,
    .poll_fds = poll_fds,
    .drain = drain,
    .tell = tell_counts,
    .note = note,
    .totals = totals,
    .destroy = destroy,
};
