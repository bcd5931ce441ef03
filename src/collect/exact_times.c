#include "collect/exact_times.h"

#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/units.h"

void exact_times_init(struct exact_times *ret, const struct exact_modules *modules)
{
    *ret = (struct exact_times){
        modules, mem_alloc_array(modules->timers.count + 1u, sizeof(struct agent_timer))};
}

void exact_times_deinit(struct exact_times *times)
{
    free(times->timers);
    *times = (struct exact_times){0};
}

// ---- adding up

static void add_call(struct agent_timer *sum, uint64_t least, uint64_t most)
{
    if (least && (!sum->least || least < sum->least))
        sum->least = least;
    sum->most = most > sum->most ? most : sum->most;
}

static void add_timer(struct agent_timer *sum, const struct agent_timer *timer)
{
    sum->calls += timer->calls;
    sum->primitive += timer->primitive;
    sum->total += timer->total;
    sum->missed += timer->missed;
    sum->off |= timer->off;
    sum->skipped += timer->skipped;
    if (timer->ended)
        add_call(sum, timer->least ? timer->least : 1, timer->most);
}

// Of a function that is underway several times, the time is that of the outermost call.
static void add_frame(struct exact_times *times, const struct agent_times *thread, uint64_t at)
{
    const struct agent_frame *frame = &thread->frames[at];
    bool outermost = true;

    if (frame->timer > times->modules->timers.count || thread->now < frame->start)
        return;
    for (uint64_t i = 0; i < at && outermost; i++)
        outermost = thread->frames[i].timer != frame->timer;
    uint64_t ticks = thread->now - frame->start + 1;
    add_call(&times->timers[frame->timer], ticks, ticks);
    if (outermost)
        times->timers[frame->timer].total += ticks;
}

void exact_times_add(struct exact_times *times, const struct agent_times *thread)
{
    const void *behind = thread + 1;
    const struct agent_timer *timers = behind;

    for (size_t i = 1; i <= times->modules->timers.count; i++)
        add_timer(&times->timers[i], &timers[i]);
    for (uint64_t i = 0; i < thread->depth && i < AGENT_FRAMES; i++)
        add_frame(times, thread, i);
}

// ---- telling

static bool is_timed(const struct exact_module *module, size_t function)
{
    const struct exact_function *own = &module->functions[function];

    return !own->refusal && own->timer && rewrite_plan_is_timed(module->rewrite, own->rewritten);
}

static void send(const struct exact_module *module, size_t function, enum event_counter_kind kind,
                 double count, const struct event_sink *sink)
{
    struct event event = {.kind = EVENT_COUNTER,
                          .u.counter = {.kind = kind,
                                        .module = module->number,
                                        .addr = module->functions[function].entry,
                                        .count = (uint64_t)llround(count)}};

    sink->receive(sink->context, &event);
}

static void tell(const struct exact_module *module, size_t function,
                 const struct agent_timer *timer, double ns_per_tick, const struct event_sink *sink)
{
    send(module, function, EVENT_COUNTER_PRIMITIVE, (double)timer->primitive, sink);
    send(module, function, EVENT_COUNTER_TIME, (double)timer->total * ns_per_tick, sink);
    send(module, function, EVENT_COUNTER_LEAST, ceil((double)timer->least * ns_per_tick), sink);
    send(module, function, EVENT_COUNTER_MOST, ceil((double)timer->most * ns_per_tick), sink);
}

void exact_times_tell(const struct exact_times *times, double ns_per_tick,
                      const struct event_sink *sink)
{
    for (size_t i = 0; i < times->modules->count; i++) {
        const struct exact_module *module = times->modules->items[i];
        for (size_t j = 0; j < module->choice.n_functions && module->installed; j++) {
            const struct agent_timer *timer = &times->timers[module->functions[j].timer];
            if (is_timed(module, j) && timer->calls && !timer->off)
                tell(module, j, timer, ns_per_tick, sink);
        }
    }
}

// ---- in words

static void note_fast(const struct exact_module *module, size_t function,
                      const struct collector_notes *notes)
{
    CLEANUP(cleanup_free)
    char *text = mem_printf("%s was called more than 500 000 times a second: its calls are not "
                            "timed, its time is sampled",
                            exact_module_name(module, function));

    notes->receive(notes->context, "not-timed", 1, text, NULL);
}

static void note_untimed(const struct exact_module *module, size_t function,
                         const struct collector_notes *notes)
{
    CLEANUP(cleanup_free)
    char *text = mem_printf("the calls of %s cannot be timed: its start or its end cannot be told "
                            "from what is within",
                            exact_module_name(module, function));

    notes->receive(notes->context, "not-timed", 1, text, NULL);
}

// A way that is skipped takes about so much of what a call takes.
#define SKIPPED_PART 0.15

double exact_times_cost_ns(const struct exact_times *times, double call_ns)
{
    double paid = 0;

    for (size_t i = 1; times->timers && i <= times->modules->timers.count; i++)
        paid += (double)times->timers[i].calls + SKIPPED_PART * (double)times->timers[i].skipped;
    return paid * call_ns;
}

static void note_cost(uint64_t calls, bool skipped, double call_ns, double all_ns,
                      const struct collector_notes *notes)
{
    char each[UNITS_TEXT];
    char all[UNITS_TEXT];

    units_format_time(llround(call_ns), each);
    units_format_time(llround(all_ns), all);
    CLEANUP(cleanup_free)
    char *text = mem_printf("timing {} calls took about %s%s, %s each: as much is in the time of "
                            "the functions that made them",
                            all, skipped ? " with those that came too fast" : "", each);
    notes->receive(notes->context, "timing-cost", (int64_t)calls, text, NULL);
}

void exact_times_note(const struct exact_times *times, double call_ns,
                      const struct collector_notes *notes)
{
    enum { NAMED_MOST = 3 };
    uint64_t calls = 0;
    uint64_t missed = 0;
    bool skipped = false;
    size_t fast = 0;
    size_t untimed = 0;

    for (size_t i = 0; i < times->modules->count; i++) {
        const struct exact_module *module = times->modules->items[i];
        for (size_t j = 0; j < module->choice.n_functions && module->installed; j++) {
            const struct agent_timer *timer = &times->timers[module->functions[j].timer];
            if (!is_timed(module, j)) {
                if (!module->functions[j].refusal && untimed++ < NAMED_MOST)
                    note_untimed(module, j, notes);
                continue;
            }
            calls += timer->calls;
            skipped |= timer->skipped > 0;
            missed += timer->off ? 0 : timer->missed;
            if (timer->off && fast++ < NAMED_MOST)
                note_fast(module, j, notes);
        }
    }
    note_cost(calls, skipped, call_ns, exact_times_cost_ns(times, call_ns), notes);
    if (fast > NAMED_MOST)
        notes->receive(notes->context, "not-timed", (int64_t)(fast - NAMED_MOST),
                       "{} more functions were called too often to be timed", NULL);
    if (untimed > NAMED_MOST)
        notes->receive(notes->context, "not-timed", (int64_t)(untimed - NAMED_MOST),
                       "the calls of {} more functions cannot be timed", NULL);
    if (missed)
        notes->receive(notes->context, "times-approximate", (int64_t)missed,
                       "the start or the end of {} calls was not seen: their times are missing",
                       NULL);
}
