#include "target/step_task.h"

#include "base/mem.h"

// Frames farther apart than this lie on different stacks.
#define STACK_MOST (UINT64_C(64) << 20)
#define CALLS_MOST ((size_t)1 << 20)

// Calls that were left by longjmp(3) or an exception did not return: their frames lie below the stack
// pointer. Those of other stacks say nothing.
static void drop_left(struct step_task *task, uint64_t sp)
{
    while (task->n_calls) {
        uint64_t was = task->calls[task->n_calls - 1].sp;
        if (was > sp || sp - was > STACK_MOST)
            return;
        task->n_calls--;
    }
}

bool step_task_enter(struct step_task *task, const struct step_plan *plan, uint32_t function,
                     uint64_t sp)
{
    bool primitive = true;

    drop_left(task, sp);
    for (size_t i = task->n_calls; i-- > 0 && primitive;)
        primitive = task->calls[i].plan != plan || task->calls[i].function != function;
    if (task->n_calls == CALLS_MOST)
        return primitive;
    task->calls = mem_grow(task->calls, &task->calls_capacity, task->n_calls, sizeof *task->calls);
    task->calls[task->n_calls++] = (struct step_call){plan, function, sp};
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
