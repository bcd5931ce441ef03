// Copies are inherited by forked processes, and gone when a process runs another program.
//
// As copies make no calls of their own, an address of a copy lies on a stack for one reason only: a signal
// interrupted it there, and its registers were saved. (Or it lies there from earlier, and means nothing.)
#include "collect/exact_samples.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"

struct exact_left {
    UT_hash_handle hh;
    pid_t pid;
};

void exact_samples_deinit(struct exact_samples *samples)
{
    struct exact_left *left;
    struct exact_left *next;

    HASH_ITER(hh, samples->left, left, next)
    {
        HASH_DEL(samples->left, left);
        free(left);
    }
    free(samples->stack);
}

static struct exact_left *find_left(const struct exact_samples *samples, pid_t pid)
{
    struct exact_left *left;

    HASH_FIND(hh, samples->left, &pid, sizeof pid, left);
    return left;
}

static void set_left(struct exact_samples *samples, pid_t pid, bool now)
{
    struct exact_left *left = find_left(samples, pid);

    if (left && !now) {
        HASH_DEL(samples->left, left);
        free(left);
    } else if (!left && now) {
        left = mem_alloc(sizeof *left);
        left->pid = pid;
        HASH_ADD(hh, samples->left, pid, sizeof left->pid, left);
    }
}

static const struct exact_module *module_at(const struct exact_samples *samples, uint64_t addr)
{
    for (size_t i = 0; i < samples->modules->count; i++) {
        const struct exact_module *module = samples->modules->items[i];
        if (module->installed && addr >= module->copies &&
            addr - module->copies < module->image.size)
            return module;
    }
    return NULL;
}

// The address that one in a copy stands for.
static void put_back(const struct exact_samples *samples, uint64_t *addr, uint64_t *sp)
{
    const struct exact_module *module = module_at(samples, *addr);
    const struct rewrite_place *place =
        module ? rewrite_image_place(&module->image, (size_t)(*addr - module->copies)) : NULL;

    if (!place)
        return;
    *addr = place->addr + module->bias;
    if (sp)
        *sp += place->pushed;
}

// Whether code that only counts, or leads to and from copies, runs at an address.
static bool is_added(const struct exact_samples *samples, uint64_t addr)
{
    for (size_t i = 0; i < samples->modules->count; i++) {
        const struct exact_module *module = samples->modules->items[i];
        if (module->installed && rewrite_image_patch(&module->image, addr - module->bias))
            return true;
    }
    const struct exact_module *module = module_at(samples, addr);
    const struct rewrite_place *place =
        module ? rewrite_image_place(&module->image, (size_t)(addr - module->copies)) : NULL;
    return place && place->added;
}

static bool is_in_copy(const struct exact_samples *samples, uint64_t word)
{
    return word >= samples->lowest && word < samples->highest && module_at(samples, word);
}

// What signals saved on the stack. In a ucontext the stack pointer stands before the instruction's.
static void put_stack_back(struct exact_samples *samples, struct event_sample *sample)
{
    size_t first = -sample->registers[EVENT_REG_SP] % sizeof(uint64_t);
    uint64_t words[2] = {0};
    bool changed = false;

    for (size_t at = first; at + sizeof *words <= sample->stack_size; at += sizeof *words) {
        memcpy(&words[1], sample->stack + at, sizeof *words);
        if (is_in_copy(samples, words[1])) {
            if (!changed) {
                samples->stack = mem_resize(samples->stack, sample->stack_size, 1);
                memcpy(samples->stack, sample->stack, sample->stack_size);
                sample->stack = samples->stack;
                changed = true;
            }
            put_back(samples, &words[1], &words[0]);
            size_t before = at > first ? sizeof *words : 0;
            memcpy(samples->stack + at - before, (uint8_t *)&words[1] - before,
                   sizeof *words + before);
        }
        words[0] = words[1];
    }
}

static void put_sample_back(struct exact_samples *samples, struct event_sample *sample)
{
    uint64_t *registers = sample->registers;
    uint64_t sp = registers[EVENT_REG_SP];

    if (!sample->in_kernel && is_added(samples, sample->ip))
        samples->counting_ns += sample->weight_ns;
    put_back(samples, &sample->ip, NULL);
    if (!sample->has_registers)
        return;
    put_back(samples, &registers[EVENT_REG_IP], &registers[EVENT_REG_SP]);
    uint64_t pushed = registers[EVENT_REG_SP] - sp;
    if (pushed > sample->stack_size)
        pushed = sample->stack_size;
    sample->stack = sample->stack ? sample->stack + pushed : NULL;
    sample->stack_size -= pushed;
    if (sample->stack)
        put_stack_back(samples, sample);
}

void exact_samples_start(struct exact_samples *samples, uint64_t now_ns)
{
    samples->since_ns = now_ns;
    samples->lowest = UINT64_MAX;
    samples->highest = 0;
    for (size_t i = 0; i < samples->modules->count; i++) {
        const struct exact_module *module = samples->modules->items[i];
        uint64_t end = module->copies + module->image.size;
        if (!module->installed)
            continue;
        samples->lowest = module->copies < samples->lowest ? module->copies : samples->lowest;
        samples->highest = end > samples->highest ? end : samples->highest;
    }
}

void exact_samples_receive(struct exact_samples *samples, const struct event *event)
{
    struct event moved = *event;

    if (event->kind == EVENT_COMM && event->u.comm.exec && event->time_ns > samples->since_ns)
        set_left(samples, event->pid, true);
    else if (event->kind == EVENT_FORK && event->pid != event->u.fork.parent_pid)
        set_left(samples, event->pid, find_left(samples, event->u.fork.parent_pid) != NULL);
    else if (event->kind == EVENT_SAMPLE && !find_left(samples, event->pid))
        put_sample_back(samples, &moved.u.sample);
    else if (event->kind == EVENT_FAULT && !find_left(samples, event->pid))
        put_sample_back(samples, &moved.u.fault.at);
    samples->sink->receive(samples->sink->context, &moved);
}
