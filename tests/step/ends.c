// `ends ROLE`: programs that end, stop or wait inside a function that is stepped. Lines tell their own hits.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

static int *volatile nowhere;
static volatile int sink;

NOINLINE static void in_segv(int n)
{
    for (int i = 0; i < n; i++) // hits: 4
        sink = i;               // hits: 3
    *nowhere = 1;               // hits: 1
    while (n--)
        sink = n;               // hits: 0
}

NOINLINE static void in_abort(int n)
{
    sink = n; // hits: 1
    abort();  // hits: 1
}

NOINLINE static void in_exit(int n)
{
    if (n)              // hits: 4
        in_exit(n - 1); // hits: 3
    else
        exit(5); // hits: 1
    sink = n;    // hits: 0
}

NOINLINE static void in_kill(int n)
{
    sink = n;                // hits: 1
    kill(getpid(), SIGKILL); // hits: 1
    sink = 0;                // hits: 0
}

// The program's own SIGTRAP is none of the tracer's.
NOINLINE static void in_trap(int n)
{
    sink = n;       // hits: 1
    raise(SIGTRAP); // hits: 1
    sink = 0;       // hits: 0
}

NOINLINE static void in_breakpoint(int n)
{
    sink = n;                 // hits: 1
    __asm__ volatile("int3"); // hits: 1
    while (n--)
        sink = n;             // hits: 0
}

NOINLINE static void in_stop(int n)
{
    for (int i = 0; i < n; i++) // hits: 4
        sink = i;               // hits: 3
    raise(SIGSTOP);             // hits: 1
    sink = 0;                   // hits: 1
}

// Long enough to be stopped from outside in the middle of it.
NOINLINE static void in_spin(int n)
{
    for (int i = 0; i < 3000 * n; i++) // hits: 9001
        sink = i;                      // hits: 9000
}

NOINLINE static void in_block(int n)
{
    char byte = 0; // hits: 1
    long got;
    sink = n; // hits: 1
    __asm__ volatile("syscall" : "=a"(got) : "a"(SYS_read), "D"(0), "S"(&byte), "d"(1) : "rcx", "r11", "memory"); // hits: 1
    sink = byte; // hits: 1
}

NOINLINE static void *in_thread(void *argument)
{
    sink = 1;               // hits: 1
    pthread_exit(argument); // hits: 1
}

static int thread(void)
{
    pthread_t id;
    void *result = NULL;

    pthread_create(&id, NULL, in_thread, &id);
    pthread_join(id, &result);
    return result == &id ? 6 : 1;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(int n);
    } roles[] = {
        {"segv", in_segv}, {"abort", in_abort}, {"exit", in_exit},
        {"kill", in_kill}, {"trap", in_trap},   {"breakpoint", in_breakpoint},
        {"stop", in_stop}, {"spin", in_spin},   {"block", in_block},
    };

    if (argc == 2 && strcmp(argv[1], "thread") == 0)
        return thread();
    for (size_t i = 0; argc == 2 && i < sizeof roles / sizeof *roles; i++) {
        if (strcmp(argv[1], roles[i].name) != 0)
            continue;
        roles[i].run(3);
        printf("%d\n", sink);
        return 7;
    }
    return 2;
}
