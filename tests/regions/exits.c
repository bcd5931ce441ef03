// Leaves regions in every way that C has. Prints nothing; how often each was entered is in check_regions.py.
#include <lprof/lprof.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static jmp_buf jump;
static volatile int sink;

static int by_return(int n)
{
    LPROF_REGION("return")
    {
        if (n % 2)
            return n;
        sink++;
    }
    return 0;
}

static void by_goto(int n)
{
    LPROF_REGION("goto")
    {
        if (n % 2)
            goto out;
        sink++;
    }
out:
    sink++;
}

static void by_break(void)
{
    for (int i = 0; i < 3; i++) {
        LPROF_REGION("break")
        {
            if (i == 1)
                break;
            if (i == 2)
                continue;
            sink++;
        }
        sink++;
    }
}

__attribute__((noinline)) static void jumps(int n)
{
    LPROF_REGION("jumped out of")
    {
        if (n % 2)
            longjmp(jump, 1);
        sink++;
    }
}

__attribute__((noinline)) static void by_longjmp(int n)
{
    LPROF_REGION("around the jump")
    {
        if (setjmp(jump) == 0)
            jumps(n);
        sink++;
    }
}

static void recurse(int depth)
{
    LPROF_REGION("recursive")
    {
        if (depth)
            recurse(depth - 1);
    }
}

static void timed(void)
{
    LPROF_TIMED("timed");
    sink++;
    LPROF_REGION("in timed") sink++;
}

static void *thread(void *argument)
{
    (void)argument;
    for (int i = 0; i < 1000; i++)
        LPROF_REGION("thread") LPROF_REGION("in thread") sink++;
    return NULL;
}

static void handle(int signo)
{
    (void)signo;
    LPROF_REGION("handler") sink++;
}

static void signals(void)
{
    signal(SIGUSR1, handle);
    LPROF_REGION("signalled") for (int i = 0; i < 10; i++) raise(SIGUSR1);
}

static void forks(void)
{
    LPROF_REGION("forks")
    {
        pid_t pid = fork();
        if (pid == 0) {
            LPROF_REGION("child") sink++;
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
}

int main(void)
{
    pthread_t threads[4];

    for (int i = 0; i < 100; i++) {
        by_return(i);
        by_goto(i);
        by_break();
        by_longjmp(i);
        timed();
    }
    for (int i = 0; i < 10; i++)
        recurse(20);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, thread, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    signals();
    forks();
    LPROF_REGION("open at the end") _exit(7);
}
