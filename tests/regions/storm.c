// Signals that come at any instruction, threads that come and go, forks, and names without end, all inside of
// regions. Prints how often the handler ran where measuring was surely on, and how often in all.
//
// usage: storm MILLISECONDS
#include <lprof/lprof.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile long measured;
static volatile long handled;
static __thread volatile int paused;
static volatile sig_atomic_t over;
static volatile int sink;

static void handle(int signo)
{
    (void)signo;
    LPROF_REGION("handler")
    {
        LPROF_REGION("in handler") sink++;
        __atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&measured, !paused, __ATOMIC_RELAXED);
    }
}

static void recurse(int depth)
{
    char name[16];

    snprintf(name, sizeof name, "depth %d", depth % 10);
    LPROF_REGION(name)
    {
        if (depth)
            recurse(depth - 1);
        if (depth % 7 == 0) {
            paused = 1;
            lprof_disable();
            lprof_enable();
            paused = 0;
        }
    }
}

static void *run(void *argument)
{
    for (int i = 0; i < 200 && !over; i++)
        recurse(20);
    return argument;
}

int main(int argc, char **argv)
{
    const struct itimerval often = {{0, 200}, {0, 200}};
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    long ms = argc > 1 ? atol(argv[1]) : 100;
    struct timespec start;
    struct timespec now;

    sigaction(SIGPROF, &action, NULL);
    setitimer(ITIMER_PROF, &often, NULL);
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        pthread_t threads[3];
        for (int i = 0; i < 3; i++)
            pthread_create(&threads[i], NULL, run, NULL);
        run(NULL);
        LPROF_REGION("fork")
        {
            pid_t pid = fork();
            if (pid == 0) {
                recurse(3);
                _exit(0);
            }
            while (waitpid(pid, NULL, 0) < 0)
                ;
        }
        for (int i = 0; i < 3; i++)
            pthread_join(threads[i], NULL);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < ms);
    over = 1;
    setitimer(ITIMER_PROF, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    printf("%ld %ld\n", measured, handled);
    return 0;
}
