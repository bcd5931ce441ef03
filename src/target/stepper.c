#include "target/stepper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "target/step_stop.h"

#define OPTIONS                                                                                    \
    (PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE |    \
     PTRACE_O_TRACEEXEC)

// si_code of the stop at the beginning of a signal handler that a step led into.
#define CODE_HANDLER SIGTRAP
// Where a handler's frame has the address that was interrupted, from its stack pointer.
#define FRAME_PC 176

static long request(int what, const struct step_task *task, void *data)
{
    return ptrace((enum __ptrace_request)what, task->tid, NULL, data);
}

void stepper_init(struct stepper *stepper, const struct step_planner *planner, bool children)
{
    *stepper = (struct stepper){.plans = {.planner = *planner}, .children = children};
    stepper->count.decoder = insn_decoder_create();
}

// ---- tasks

static struct step_task *find_task(const struct stepper *stepper, pid_t tid)
{
    struct step_task *task;

    HASH_FIND_INT(stepper->tasks, &tid, task);
    return task;
}

static struct step_task *add_task(struct stepper *stepper, pid_t tid)
{
    struct step_task *task = find_task(stepper, tid);

    if (task)
        return task;
    task = mem_alloc(sizeof *task);
    task->tid = tid;
    HASH_ADD_INT(stepper->tasks, tid, task);
    return task;
}

static void add_birth(struct stepper *stepper, const struct step_task *task,
                      const struct step_task *parent)
{
    stepper->births = mem_grow(stepper->births, &stepper->births_capacity, stepper->n_births,
                               sizeof *stepper->births);
    stepper->births[stepper->n_births++] =
        (struct step_birth){task->pid, task->tid, parent->pid, parent->tid};
}

static void set_memory(struct step_task *task, struct step_memory *memory)
{
    if (memory)
        memory->users++;
    if (task->memory && --task->memory->users == 0)
        step_memory_destroy(task->memory);
    task->memory = memory;
}

static void remove_task(struct stepper *stepper, struct step_task *task)
{
    if (task->lifted && task->memory)
        step_memory_lift(task->memory, task->lifted, true);
    set_memory(task, NULL);
    HASH_DEL(stepper->tasks, task);
    free(task->calls);
    free(task);
}

void stepper_deinit(struct stepper *stepper)
{
    struct step_task *task;
    struct step_task *next;

    HASH_ITER(hh, stepper->tasks, task, next)
    remove_task(stepper, task);
    step_plans_deinit(&stepper->plans);
    step_edges_deinit(&stepper->count.calls);
    step_times_deinit(&stepper->count.times);
    free(stepper->births);
    insn_decoder_destroy(stepper->count.decoder);
}

int stepper_seize(struct stepper *stepper, pid_t pid)
{
    if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)(uintptr_t)OPTIONS) != 0)
        return errno;
    struct step_task *task = add_task(stepper, pid);
    task->pid = pid;
    set_memory(task, step_memory_create(pid, stepper->rescue));
    add_birth(stepper, task, task);
    return 0;
}

// ---- going on

static void step_over(struct stepper *stepper, struct step_task *task, int signo);

static void go_on(struct stepper *stepper, struct step_task *task, int signo)
{
    bool at_breakpoint = task->memory && step_memory_has_breakpoint(task->memory, task->pc);

    if (at_breakpoint && task->pc) {
        step_over(stepper, task, signo);
        return;
    }
    task->listening = false;
    step_task_run(task);
    request(task->stepping ? PTRACE_SINGLESTEP : PTRACE_CONT, task, (void *)(intptr_t)signo);
}

// The place of a task that runs freely and stopped for another reason than a breakpoint.
static void look_where(struct stepper *stepper, struct step_task *task)
{
    struct user_regs_struct regs;

    if (task->stepping || !task->memory || request(PTRACE_GETREGS, task, &regs) != 0)
        return;
    step_count_arrived(&stepper->count, task, regs.rip, regs.rsp);
}

// A system call may block: then the others must not wait for it.
static bool may_block(const struct step_task *task)
{
    uint8_t bytes[2];

    return step_memory_read(task->memory, task->pc, bytes, sizeof bytes) == sizeof bytes &&
           bytes[0] == 0x0f && bytes[1] == 0x05;
}

static void step_over(struct stepper *stepper, struct step_task *task, int signo)
{
    step_stop_others(stepper->tasks, task);
    step_memory_lift(task->memory, task->pc, false);
    task->lifted = task->pc;
    bool blocks = may_block(task);
    step_task_run(task);
    request(PTRACE_SINGLESTEP, task, (void *)(intptr_t)signo);
    if (!blocks) {
        step_stop_wait(task);
        step_memory_lift(task->memory, task->lifted, true);
        task->lifted = 0;
    }
    struct step_task *other;
    struct step_task *next;
    HASH_ITER(hh, stepper->tasks, other, next)
    {
        if (other == task || !other->stopped || other->has_status || other->listening ||
            other->memory != task->memory)
            continue;
        look_where(stepper, other);
        // One that would have to stop all again is left for its turn.
        if (step_memory_has_breakpoint(other->memory, other->pc)) {
            other->has_status = true;
            other->status = SIGTRAP << 8 | 0x7f | PTRACE_EVENT_STOP << 16;
            continue;
        }
        go_on(stepper, other, 0);
    }
}

// ---- stops

// The trap flag, which pushf pushes while we step, is none of the program's.
static void hide_trap_flag(const struct step_task *task, uint64_t sp)
{
    uint64_t flags;

    if (step_memory_read(task->memory, sp, &flags, sizeof flags) != sizeof flags)
        return;
    flags &= ~UINT64_C(0x100);
    step_memory_write(task->memory, sp, &flags, sizeof flags);
}

static void handle_step(struct stepper *stepper, struct step_task *task,
                        const struct user_regs_struct *regs)
{
    if (task->stepping) {
        const struct step_cell *cell = step_count_cell(&stepper->count, task);
        bool again = cell->kind == STEP_REPEATED && regs->rip == task->pc;
        if (cell->kind == STEP_PUSH_FLAGS)
            hide_trap_flag(task, regs->rsp);
        if (!again)
            step_count_executed(&stepper->count, task, regs->rip, regs->rsp);
    } else {
        step_count_arrived(&stepper->count, task, regs->rip, regs->rsp);
    }
    go_on(stepper, task, 0);
}

// A signal handler begins; the task comes back to where it was interrupted.
static void handle_handler(struct stepper *stepper, struct step_task *task,
                           const struct user_regs_struct *regs)
{
    uint64_t back = 0;

    if (task->stepping) {
        step_memory_read(task->memory, regs->rsp + FRAME_PC, &back, sizeof back);
        if (back != task->pc) {
            // A system call that was cut short.
            uint64_t sp = task->sp;
            step_count_executed(&stepper->count, task, back, sp);
        }
        if (task->stepping)
            step_memory_place(task->memory, back);
    }
    step_count_arrived(&stepper->count, task, regs->rip, regs->rsp);
    go_on(stepper, task, 0);
}

static bool handle_breakpoint(struct stepper *stepper, struct step_task *task,
                              struct user_regs_struct *regs)
{
    uint64_t addr = regs->rip - 1;

    if (!step_memory_has_breakpoint(task->memory, addr))
        return false;
    regs->rip = addr;
    request(PTRACE_SETREGS, task, regs);
    const struct step_area *area = step_memory_area(task->memory, addr);
    if (area && area->plan->hook && addr == area->plan->hook + area->bias)
        step_memory_scan(task->memory, &stepper->plans);
    // A signal that was ignored may have come between.
    if (!task->stepping || addr != task->pc)
        step_count_arrived(&stepper->count, task, addr, regs->rsp);
    go_on(stepper, task, 0);
    return true;
}

// Whether an instruction brought a signal about, rather than somebody who sent it.
static bool is_fault(int signo, const siginfo_t *info)
{
    bool may_be = signo == SIGSEGV || signo == SIGBUS || signo == SIGFPE || signo == SIGILL ||
                  signo == SIGTRAP;

    return may_be && info->si_code > 0;
}

static void handle_signal(struct stepper *stepper, struct step_task *task, int signo)
{
    struct user_regs_struct regs;
    siginfo_t info;
    bool known = request(PTRACE_GETSIGINFO, task, &info) == 0 &&
                 request(PTRACE_GETREGS, task, &regs) == 0 && task->memory;

    if (task->memory && task->stepping && !step_memory_area(task->memory, task->pc))
        task->stepping = false;
    if (known && signo == SIGTRAP) {
        // A step over a system call ends with TRAP_BRKPT, a breakpoint with SI_KERNEL.
        if (info.si_code == TRAP_TRACE || info.si_code == TRAP_HWBKPT ||
            info.si_code == TRAP_BRKPT) {
            handle_step(stepper, task, &regs);
            return;
        }
        if (info.si_code == CODE_HANDLER) {
            handle_handler(stepper, task, &regs);
            return;
        }
        if (info.si_code == SI_KERNEL && handle_breakpoint(stepper, task, &regs))
            return;
    }
    look_where(stepper, task);
    if (task->stepping) {
        task->fault = known && is_fault(signo, &info) ? signo : 0;
        step_stop_deliver(task, signo);
        return;
    }
    go_on(stepper, task, signo);
}

static void handle_birth(struct stepper *stepper, struct step_task *task, int event)
{
    unsigned long message = 0;

    request(PTRACE_GETEVENTMSG, task, &message);
    struct step_task *child = add_task(stepper, (pid_t)message);
    bool is_thread = event == PTRACE_EVENT_CLONE && step_stop_is_thread(task->pid, child->tid);
    child->pid = is_thread ? task->pid : child->tid;
    if (event == PTRACE_EVENT_FORK)
        set_memory(child, step_memory_fork(task->memory, child->tid));
    else
        set_memory(child, task->memory);
    child->leaving = !is_thread && !stepper->children;
    task->in_vfork = event == PTRACE_EVENT_VFORK;
    if (!child->leaving)
        add_birth(stepper, child, task);
    if (event == PTRACE_EVENT_FORK)
        step_task_copy_calls(child, task);
    go_on(stepper, task, 0);
}

static void forget_siblings(struct stepper *stepper, const struct step_task *task)
{
    struct step_task *other;
    struct step_task *next;

    HASH_ITER(hh, stepper->tasks, other, next)
    if (other != task && other->pid == task->pid)
        remove_task(stepper, other);
}

static void let_go(struct stepper *stepper, struct step_task *task, int signo)
{
    request(PTRACE_DETACH, task, (void *)(intptr_t)signo);
    remove_task(stepper, task);
}

// The thread that called execve(2) goes on under the id of its process.
static void handle_exec(struct stepper *stepper, struct step_task *task)
{
    task->lifted = 0;
    task->pid = task->tid;
    forget_siblings(stepper, task);
    set_memory(task, step_memory_create(task->pid, stepper->rescue));
    task->stepping = false;
    task->pc = 0;
    task->n_calls = 0;
    task->left_calls = 0;
    task->chain = 0;
    task->elapsed_ns = 0;
    if (task->leaving) {
        let_go(stepper, task, 0);
        return;
    }
    if (task->memory)
        step_memory_scan(task->memory, &stepper->plans);
    go_on(stepper, task, 0);
}

// A child that is not to be followed; one that shares memory with its parent stays until it runs a program.
static bool leaves(struct stepper *stepper, struct step_task *task)
{
    if (!task->leaving || !task->memory || task->memory->users > 1)
        return false;
    step_memory_restore(task->memory);
    let_go(stepper, task, 0);
    return true;
}

static void handle_event(struct stepper *stepper, struct step_task *task, int event, int signo)
{
    switch (event) {
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
        handle_birth(stepper, task, event);
        return;
    case PTRACE_EVENT_VFORK_DONE:
        task->in_vfork = false;
        break;
    case PTRACE_EVENT_EXEC:
        handle_exec(stepper, task);
        return;
    case PTRACE_EVENT_STOP:
        if (signo != SIGTRAP) {
            task->listening = true;
            request(PTRACE_LISTEN, task, NULL);
            return;
        }
        if (leaves(stepper, task))
            return;
        look_where(stepper, task);
        break;
    default:
        break;
    }
    go_on(stepper, task, 0);
}

static void handle(struct stepper *stepper, struct step_task *task, int status)
{
    task->has_status = false;
    step_task_stand(task);
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        // The line that a program died by is one that ran.
        if (task->stepping && WIFSIGNALED(status) && WTERMSIG(status) == task->fault)
            step_count_begun(&stepper->count, task);
        remove_task(stepper, task);
        return;
    }
    task->fault = 0;
    task->stopped = true;
    task->listening = false;
    if (task->lifted) {
        step_memory_lift(task->memory, task->lifted, true);
        task->lifted = 0;
    }
    int event = status >> 16;
    if (!task->memory && event == PTRACE_EVENT_STOP) {
        // Its parent has not told of it yet.
        task->has_status = true;
        task->status = status;
        return;
    }
    if (event)
        handle_event(stepper, task, event, WSTOPSIG(status));
    else
        handle_signal(stepper, task, WSTOPSIG(status));
}

// A stop that was collected while something else was done; of a task whose memory is known.
static struct step_task *next_collected(const struct stepper *stepper)
{
    for (struct step_task *task = stepper->tasks; task; task = task->hh.next)
        if (task->has_status && (task->memory || (task->status >> 16) != PTRACE_EVENT_STOP))
            return task;
    return NULL;
}

bool stepper_work(struct stepper *stepper)
{
    for (;;) {
        struct step_task *task = next_collected(stepper);
        int status;
        if (task) {
            handle(stepper, task, task->status);
            continue;
        }
        pid_t tid = waitpid(-1, &status, __WALL | WNOHANG);
        if (tid < 0)
            return errno != ECHILD;
        if (tid == 0)
            return stepper->tasks != NULL;
        handle(stepper, add_task(stepper, tid), status);
    }
}

// ---- the end

void stepper_let_go(struct stepper *stepper)
{
    struct step_task *task;
    struct step_task *next;

    HASH_ITER(hh, stepper->tasks, task, next)
    if (!task->in_vfork)
        step_stop_last(task);
    HASH_ITER(hh, stepper->tasks, task, next)
    if (task->memory)
        step_memory_restore(task->memory);
    // Those that wait for a vforked child can be stopped only when it has gone on.
    for (int waiting = 0; waiting < 2; waiting++) {
        HASH_ITER(hh, stepper->tasks, task, next)
        {
            if (task->in_vfork != (waiting != 0))
                continue;
            if (task->in_vfork)
                step_stop_last(task);
            step_stop_detach(task);
            task->lifted = 0;
            remove_task(stepper, task);
        }
    }
}
