// Ways for a program to end: none of them must lose a count. Each calls work() as often as it is told.
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

static volatile unsigned sink;
static volatile sig_atomic_t whole;
static volatile sig_atomic_t ticks;

NOINLINE static void work(unsigned n)
{
    sink = sink * 3 + n;
}

static void many(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        work(i);
}

// Walks the stack from wherever the program was interrupted.
static void on_tick(int signo)
{
    void *frames[64];
    int n = backtrace(frames, 64);

    (void)signo;
    ticks++;
    whole += n >= 5; // This one, the signal's, work() or many(), main(), and before it.
}

static void interrupted(unsigned n)
{
    struct itimerval often = {{0, 1000}, {0, 1000}};
    void *frame;

    backtrace(&frame, 1); // Loads libgcc_s now.
    signal(SIGPROF, on_tick);
    setitimer(ITIMER_PROF, &often, NULL);
    many(n);
    memset(&often, 0, sizeof often);
    setitimer(ITIMER_PROF, &often, NULL);
    printf("%s\n", ticks && whole * 100 >= ticks * 98 ? "stacks are whole" : "stacks are cut");
}

int main(int argc, char **argv)
{
    unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
    const char *how = argc > 1 ? argv[1] : "";

    if (strcmp(how, "interrupted") == 0)
        interrupted(n);
    else
        many(n);
    fflush(stdout);
    if (strcmp(how, "kill") == 0)
        kill(getpid(), SIGKILL);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "_exit") == 0)
        _exit(9);
    if (strcmp(how, "exec") == 0)
        execl("/bin/echo", "echo", "from", "echo", (char *)NULL);
    if (strcmp(how, "environment") == 0)
        execl("/usr/bin/env", "env", (char *)NULL);
    if (strcmp(how, "sleep") == 0) {
        sleep(1);
        many(n);
        puts("alive");
    }
    return 4;
}
