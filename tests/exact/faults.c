// Ways to be ended by a fault, and to look at what would happen then. usage: faults HOW
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

static volatile int zero;
static int *volatile nowhere;

NOINLINE static int divides(int n)
{
    return n / zero;
}

NOINLINE static int reads(int n)
{
    return *nowhere + n;
}

static void show(int signo)
{
    struct sigaction action;

    sigaction(signo, NULL, &action);
    printf("%d: %d %d; ", signo, action.sa_handler == SIG_DFL, (int)(action.sa_flags & SA_SIGINFO));
}

static void on_fault(int signo)
{
    printf("handled %d\n", signo);
    exit(3);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    setvbuf(stdout, NULL, _IONBF, 0);
    for (int signo = 1; signo < 16; signo++)
        show(signo);
    if (strcmp(how, "handle") == 0) {
        printf("%d\n", signal(SIGSEGV, on_fault) == SIG_DFL);
        return reads(1);
    }
    if (strcmp(how, "divide") == 0)
        return divides(1);
    if (strcmp(how, "send") == 0)
        raise(SIGSEGV);
    return reads(1);
}
