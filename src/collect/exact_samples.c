// Copies are inherited by forked processes, and gone when a process runs another program.
#include "collect/exact_samples.h"

#include <stdlib.h>
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

static void put_sample_back(const struct exact_samples *samples, struct event_sample *sample)
{
    uint64_t *registers = sample->registers;
    uint64_t sp = registers[EVENT_REG_SP];

    put_back(samples, &sample->ip, NULL);
    if (!sample->has_registers)
        return;
    put_back(samples, &registers[EVENT_REG_IP], &registers[EVENT_REG_SP]);
    uint64_t pushed = registers[EVENT_REG_SP] - sp;
    if (pushed > sample->stack_size)
        pushed = sample->stack_size;
    sample->stack = sample->stack ? sample->stack + pushed : NULL;
    sample->stack_size -= pushed;
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
