// Copies are inherited by forked processes, and gone when a process runs another program. Events come later
// than they happen: what was brought in is taken into account when the events have come that far.
//
// As copies make no calls but those that time them, an address of a copy lies on a stack for one reason
// only: a signal interrupted it there, and its registers were saved. (Or it lies there from earlier, and
// means nothing.)
#include "collect/exact_samples.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"

struct exact_process {
    UT_hash_handle hh;
    pid_t pid;
    struct exact_places places;
    uint64_t lowest; // All copies lie between these.
    uint64_t highest;
};

struct exact_news {
    pid_t pid;
    uint64_t time_ns;
    struct exact_places places;
};

// ---- processes

static struct exact_process *find(const struct exact_samples *samples, pid_t pid)
{
    struct exact_process *process;

    HASH_FIND(hh, samples->processes, &pid, sizeof pid, process);
    return process;
}

static void forget(struct exact_samples *samples, pid_t pid)
{
    struct exact_process *process = find(samples, pid);

    if (!process)
        return;
    HASH_DEL(samples->processes, process);
    exact_places_deinit(&process->places);
    free(process);
}

static void add_places(struct exact_samples *samples, pid_t pid, const struct exact_places *more)
{
    struct exact_process *process = find(samples, pid);

    if (!more->count)
        return;
    if (!process) {
        process = mem_alloc(sizeof *process);
        process->pid = pid;
        process->lowest = UINT64_MAX;
        HASH_ADD(hh, samples->processes, pid, sizeof process->pid, process);
    }
    struct exact_places *places = &process->places;
    for (size_t i = 0; i < more->count; i++) {
        uint64_t begin = more->items[i].copies->addr + more->items[i].bias;
        uint64_t end = begin + more->items[i].copies->image.size;
        places->items =
            mem_grow(places->items, &places->capacity, places->count, sizeof *places->items);
        places->items[places->count++] = more->items[i];
        process->lowest = begin < process->lowest ? begin : process->lowest;
        process->highest = end > process->highest ? end : process->highest;
    }
}

static void inherit(struct exact_samples *samples, pid_t child, pid_t parent)
{
    const struct exact_process *from = find(samples, parent);

    forget(samples, child);
    if (from)
        add_places(samples, child, &from->places);
}

void exact_samples_add(struct exact_samples *samples, pid_t pid, uint64_t now_ns,
                       struct exact_places *places)
{
    samples->news =
        mem_grow(samples->news, &samples->news_capacity, samples->n_news, sizeof *samples->news);
    samples->news[samples->n_news++] = (struct exact_news){pid, now_ns, *places};
    *places = (struct exact_places){0};
}

static void take_news(struct exact_samples *samples, uint64_t now_ns)
{
    size_t n = 0;

    while (n < samples->n_news && samples->news[n].time_ns <= now_ns) {
        add_places(samples, samples->news[n].pid, &samples->news[n].places);
        exact_places_deinit(&samples->news[n++].places);
    }
    samples->n_news -= n;
    if (n)
        memmove(samples->news, samples->news + n, samples->n_news * sizeof *samples->news);
}

void exact_samples_deinit(struct exact_samples *samples)
{
    struct exact_process *process;
    struct exact_process *next;

    HASH_ITER(hh, samples->processes, process, next)
    {
        forget(samples, process->pid);
    }
    for (size_t i = 0; i < samples->n_news; i++)
        exact_places_deinit(&samples->news[i].places);
    free(samples->news);
    free(samples->stack);
}

// ---- addresses

// Later ones lie over earlier ones: a library may have gone.
static const struct exact_place *place_at(const struct exact_process *process, uint64_t addr)
{
    for (size_t i = process->places.count; i-- > 0;) {
        const struct exact_place *place = &process->places.items[i];
        if (addr - (place->copies->addr + place->bias) < place->copies->image.size)
            return place;
    }
    return NULL;
}

// The address that one in a copy stands for.
static void put_back(const struct exact_process *process, uint64_t *addr, uint64_t *sp)
{
    const struct exact_place *at = place_at(process, *addr);
    const struct rewrite_place *place =
        at ? rewrite_image_place(&at->copies->image,
                                 (size_t)(*addr - (at->copies->addr + at->bias)))
           : NULL;

    if (!place)
        return;
    *addr = place->addr + at->bias;
    if (sp)
        *sp += place->pushed;
}

static bool is_in_copy(const struct exact_process *process, uint64_t word)
{
    return word >= process->lowest && word < process->highest && place_at(process, word);
}

// What signals saved on the stack. In a ucontext the stack pointer stands before the instruction's.
static void put_stack_back(struct exact_samples *samples, const struct exact_process *process,
                           struct event_sample *sample)
{
    size_t first = -sample->registers[EVENT_REG_SP] % sizeof(uint64_t);
    uint64_t words[2] = {0};
    bool changed = false;

    for (size_t at = first; at + sizeof *words <= sample->stack_size; at += sizeof *words) {
        memcpy(&words[1], sample->stack + at, sizeof *words);
        if (is_in_copy(process, words[1])) {
            if (!changed) {
                samples->stack = mem_resize(samples->stack, sample->stack_size, 1);
                memcpy(samples->stack, sample->stack, sample->stack_size);
                sample->stack = samples->stack;
                changed = true;
            }
            put_back(process, &words[1], &words[0]);
            size_t before = at > first ? sizeof *words : 0;
            memcpy(samples->stack + at - before, (uint8_t *)&words[1] - before,
                   sizeof *words + before);
        }
        words[0] = words[1];
    }
}

static void put_sample_back(struct exact_samples *samples, const struct exact_process *process,
                            struct event_sample *sample)
{
    uint64_t *registers = sample->registers;
    uint64_t sp = registers[EVENT_REG_SP];

    put_back(process, &sample->ip, NULL);
    if (!sample->has_registers)
        return;
    put_back(process, &registers[EVENT_REG_IP], &registers[EVENT_REG_SP]);
    uint64_t pushed = registers[EVENT_REG_SP] - sp;
    if (pushed > sample->stack_size)
        pushed = sample->stack_size;
    sample->stack = sample->stack ? sample->stack + pushed : NULL;
    sample->stack_size -= pushed;
    if (sample->stack)
        put_stack_back(samples, process, sample);
}

void exact_samples_receive(struct exact_samples *samples, const struct event *event)
{
    struct event moved = *event;

    take_news(samples, event->time_ns);
    const struct exact_process *process = find(samples, event->pid);
    if (event->kind == EVENT_COMM && event->u.comm.exec)
        forget(samples, event->pid);
    else if (event->kind == EVENT_FORK && event->pid != event->u.fork.parent_pid)
        inherit(samples, event->pid, event->u.fork.parent_pid);
    else if (event->kind == EVENT_SAMPLE && process)
        put_sample_back(samples, process, &moved.u.sample);
    else if (event->kind == EVENT_FAULT && process)
        put_sample_back(samples, process, &moved.u.fault.at);
    samples->sink->receive(samples->sink->context, &moved);
}
