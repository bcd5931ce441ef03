#include "target/signals.h"

#include <stddef.h>

void signals_save(struct signals *ret)
{
    struct sigaction action;

    sigemptyset(&ret->blocked);
    sigprocmask(SIG_SETMASK, NULL, &ret->blocked);
    sigemptyset(&ret->ignored);
    for (int signo = 1; signo <= SIGRTMAX; signo++) {
        // The C library keeps some numbers for itself; they fail and count as not ignored.
        if (sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            sigaddset(&ret->ignored, signo);
    }
}

void signals_apply(const struct signals *signals)
{
    for (int signo = 1; signo <= SIGRTMAX; signo++) {
        struct sigaction action = {
            .sa_handler = sigismember(&signals->ignored, signo) == 1 ? SIG_IGN : SIG_DFL};
        sigaction(signo, &action, NULL);
    }
    sigprocmask(SIG_SETMASK, &signals->blocked, NULL);
}
