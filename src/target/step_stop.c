#include "target/step_stop.h"

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

static long request(int what, const struct step_task *task, void *data)
{
    return ptrace((enum __ptrace_request)what, task->tid, NULL, data);
}

// The leader of a process whose other threads live on ends without a word.
static bool is_dead(const struct step_task *task)
{
    CLEANUP(cleanup_free) char *path = mem_printf("/proc/%d/stat", task->tid);
    CLEANUP(cleanup_fclose) FILE *file = fopen(path, "re");
    char text[512] = "";

    if (!file || !fgets(text, sizeof text, file))
        return true;
    const char *name_end = strrchr(text, ')');
    return !name_end || strchr("ZX", name_end[2]);
}

void step_stop_wait(struct step_task *task)
{
    const struct timespec nap = {.tv_nsec = 20000};
    int status;

    for (int tries = 0;; tries++) {
        pid_t tid = waitpid(task->tid, &status, __WALL | WNOHANG);
        if (tid == task->tid) {
            step_task_stand(task);
            task->stopped = true;
            task->has_status = true;
            task->status = status;
            return;
        }
        if (tid < 0 || (tries > 100 && is_dead(task)))
            return;
        // Steps take a few microseconds: worth to wait for.
        if (tries > 50)
            nanosleep(&nap, NULL);
    }
}

void step_stop_one(struct step_task *task)
{
    if (task->stopped && !task->listening)
        return;
    if (request(PTRACE_INTERRUPT, task, NULL) == 0)
        step_stop_wait(task);
}

// Whether a SIGTRAP waits to be delivered. Stops that were asked for come before signals.
static bool has_trap(const struct step_task *task)
{
    siginfo_t queued[16];
    struct __ptrace_peeksiginfo_args args = {.nr = sizeof queued / sizeof *queued};
    long n = ptrace(PTRACE_PEEKSIGINFO, task->tid, &args, queued);

    for (long i = 0; i < n; i++)
        if (queued[i].si_signo == SIGTRAP && queued[i].si_code > 0)
            return true;
    return false;
}

void step_stop_last(struct step_task *task)
{
    step_stop_one(task);
    // It executes nothing before it stops by the signal.
    while (task->has_status && WIFSTOPPED(task->status) &&
           task->status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(task->status) == SIGTRAP &&
           has_trap(task) && request(PTRACE_CONT, task, NULL) == 0) {
        task->stopped = false;
        task->has_status = false;
        step_stop_wait(task);
    }
}

void step_stop_others(struct step_task *tasks, const struct step_task *task)
{
    for (struct step_task *other = tasks; other; other = other->hh.next) {
        if (other == task || other->memory != task->memory || other->stopped || other->in_vfork)
            continue;
        step_stop_one(other);
        // The stop that was asked for; anything else is handled later.
        if (other->has_status && other->status >> 16 == PTRACE_EVENT_STOP &&
            WSTOPSIG(other->status) == SIGTRAP && !other->leaving)
            other->has_status = false;
    }
}

void step_stop_deliver(struct step_task *task, int signo)
{
    step_task_run(task);
    request(PTRACE_SINGLESTEP, task, (void *)(intptr_t)signo);
}

static int pending_signal(const struct step_task *task, const struct user_regs_struct *regs)
{
    siginfo_t info;
    int signo = WSTOPSIG(task->status);

    if (!task->has_status || task->status >> 16 || !WIFSTOPPED(task->status))
        return 0;
    if (signo != SIGTRAP || request(PTRACE_GETSIGINFO, task, &info) != 0)
        return signo;
    bool ours = info.si_code == TRAP_TRACE || info.si_code == TRAP_BRKPT ||
                info.si_code == SIGTRAP ||
                (info.si_code == SI_KERNEL && task->memory &&
                 step_memory_has_breakpoint(task->memory, regs->rip - 1));
    return ours ? 0 : signo;
}

void step_stop_detach(struct step_task *task)
{
    struct user_regs_struct regs = {0};
    siginfo_t info;
    bool known = request(PTRACE_GETREGS, task, &regs) == 0;
    bool hit = known && task->has_status && task->status >> 16 == 0 &&
               WSTOPSIG(task->status) == SIGTRAP && task->memory &&
               request(PTRACE_GETSIGINFO, task, &info) == 0 && info.si_code == SI_KERNEL &&
               step_memory_has_breakpoint(task->memory, regs.rip - 1);
    int signo = pending_signal(task, &regs);

    if (hit) {
        regs.rip--;
        request(PTRACE_SETREGS, task, &regs);
    }
    request(PTRACE_DETACH, task, (void *)(intptr_t)signo);
}

bool step_stop_is_thread(pid_t pid, pid_t tid)
{
    CLEANUP(cleanup_free) char *path = mem_printf("/proc/%d/task/%d", pid, tid);

    return access(path, F_OK) == 0;
}
