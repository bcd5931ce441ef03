// Signals that would end the program have a handler that writes down where the fault was, and is gone then:
// the instruction runs into the same fault again. The program sees no handler: sigaction(2) and signal(3)
// tell it of the default.
#include "agent/faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

typedef int sigaction_function(int, const struct sigaction *, struct sigaction *);
typedef void (*handler_function)(int);

static struct agent_area *area;

static void on_fault(int signo, siginfo_t *info, void *context)
{
    const ucontext_t *at = context;
    uint64_t none = 0;
    int before = errno;

    // Sent by a process: it does not come again by itself.
    if (info->si_code <= 0)
        syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signo);
    else if (__atomic_compare_exchange_n(&area->fault_signal, &none, (uint64_t)signo, false,
                                         __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        area->fault_addr = (uint64_t)at->uc_mcontext.gregs[REG_RIP];
    errno = before;
}

static sigaction_function *real_sigaction(void)
{
    static sigaction_function *real;

    if (!real)
        real = (sigaction_function *)(uintptr_t)dlsym(RTLD_NEXT, "sigaction");
    return real;
}

static void hide(struct sigaction *action)
{
    if ((action->sa_flags & SA_SIGINFO) && action->sa_sigaction == on_fault) {
        memset(action, 0, sizeof *action);
        action->sa_handler = SIG_DFL;
    }
}

__attribute__((visibility("default"))) int sigaction(int signo, const struct sigaction *action,
                                                     struct sigaction *ret)
{
    int result = real_sigaction()(signo, action, ret);

    if (result == 0 && ret)
        hide(ret);
    return result;
}

__attribute__((visibility("default"))) handler_function signal(int signo, handler_function handler)
{
    typedef handler_function signal_function(int, handler_function);
    static signal_function *real;

    if (!real)
        real = (signal_function *)(uintptr_t)dlsym(RTLD_NEXT, "signal");
    handler_function before = real(signo, handler);
    return before == (handler_function)(uintptr_t)on_fault ? SIG_DFL : before;
}

void faults_watch(struct agent_area *where)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    struct sigaction watch = {.sa_sigaction = on_fault,
                              .sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND};
    struct sigaction now;

    if (area || !real_sigaction())
        return;
    area = where;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (real_sigaction()(signals[i], NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
            now.sa_handler == SIG_DFL)
            real_sigaction()(signals[i], &watch, NULL);
}
