#include "run_signals.h"

#include <stddef.h>

static void take(int signal_number)
{
    (void)signal_number;
}

// A handler that does nothing, not SIG_IGN: exec sets it back to the default, so the program starts
// with what lprof was started with. What was ignored from the start (nohup) stays so for both.
static void catch (int signal_number)
{
    struct sigaction action = {.sa_handler = take, .sa_flags = SA_RESTART};
    struct sigaction before;

    sigaction(signal_number, NULL, &before);
    if (before.sa_handler == SIG_DFL)
        sigaction(signal_number, &action, NULL);
}

static void let_go(int signal_number)
{
    struct sigaction now;

    sigaction(signal_number, NULL, &now);
    if (now.sa_handler == take)
        signal(signal_number, SIG_DFL);
}

void run_signals_ignore_pipe(void)
{
    catch (SIGPIPE);
}

void run_signals_protect(sigset_t *forward_ret)
{
    catch (SIGINT);
    catch (SIGQUIT);
    catch (SIGPIPE);
    sigemptyset(forward_ret);
    sigaddset(forward_ret, SIGTERM);
    sigaddset(forward_ret, SIGHUP);
    sigprocmask(SIG_BLOCK, forward_ret, NULL);
}

void run_signals_release(void)
{
    sigset_t forwarded;

    let_go(SIGINT);
    let_go(SIGQUIT);
    sigemptyset(&forwarded);
    sigaddset(&forwarded, SIGTERM);
    sigaddset(&forwarded, SIGHUP);
    sigprocmask(SIG_UNBLOCK, &forwarded, NULL);
}
