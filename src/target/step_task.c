#include "target/step_task.h"

#include <time.h>

#include "base/mem.h"

// Frames farther apart than this lie on different stacks.
#define STACK_MOST (UINT64_C(64) << 20)
#define CALLS_MOST ((size_t)1 << 20)

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// Frames of calls that were left lie below the stack pointer. Those of other stacks say nothing. Where
// another function stands in the same place by now, the return address is not the call's.
static bool is_left(const struct step_task *task, const struct step_call *call, uint64_t sp)
{
    uint64_t back = call->back;

    if (call->sp <= sp)
        return sp - call->sp <= STACK_MOST;
    return call->sp - sp <= STACK_MOST &&
           step_memory_read(task->memory, call->sp, &back, sizeof back) == sizeof back &&
           back != call->back;
}

void step_task_unwind(struct step_task *task, uint64_t sp)
{
    while (task->n_calls && is_left(task, &task->calls[task->n_calls - 1], sp))
        task->n_calls--;
}

bool step_task_enter(struct step_task *task, const struct step_call *call)
{
    bool primitive = true;

    for (size_t i = task->n_calls; i-- > 0 && primitive;)
        primitive = task->calls[i].plan != call->plan || task->calls[i].function != call->function;
    if (task->n_calls == CALLS_MOST)
        return primitive;
    task->calls = mem_grow(task->calls, &task->calls_capacity, task->n_calls, sizeof *task->calls);
    task->calls[task->n_calls++] = *call;
    return primitive;
}

void step_task_leave(struct step_task *task, uint64_t sp)
{
    for (size_t i = task->n_calls; i-- > 0;) {
        if (task->calls[i].sp != sp)
            continue;
        task->n_calls = i;
        return;
    }
}

void step_task_copy_calls(struct step_task *child, const struct step_task *parent)
{
    if (!parent->n_calls)
        return;
    child->calls = mem_dup(parent->calls, parent->n_calls * sizeof *parent->calls);
    child->calls_capacity = parent->n_calls;
    child->n_calls = parent->n_calls;
    child->left_calls = parent->left_calls;
    child->chain = parent->chain;
}

uint32_t step_task_outer(const struct step_task *task)
{
    return task->n_calls ? task->calls[task->n_calls - 1].outer : 0;
}

void step_task_run(struct step_task *task)
{
    task->stopped = false;
    task->running_since = now_ns();
}

void step_task_stand(struct step_task *task)
{
    if (task->running_since)
        task->elapsed_ns += now_ns() - task->running_since;
    task->running_since = 0;
}
