// Threads and processes of all kinds, all in one function. The program says how often it was called.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
enum { THREADS = 8, ROUNDS = 20000, SHORT = 400, FORKS = 6 };

static unsigned long *calls; // Shared with children.
static volatile int sink;

NOINLINE static void work(int rounds)
{
    for (int i = 0; i < rounds; i++)
        sink = i;
    __atomic_fetch_add(calls, 1, __ATOMIC_RELAXED);
}

static void *run(void *how)
{
    for (int i = 0; i < ROUNDS; i++)
        work(1);
    if (how)
        pthread_exit(NULL);
    return NULL;
}

static int run_c11(void *context)
{
    (void)context;
    work(3);
    return 7;
}

static void *run_short(void *context)
{
    work(2);
    return context;
}

static void *wait_for_ever(void *context)
{
    work(1);
    for (;;)
        pause();
    return context;
}

static void cancel_one(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, wait_for_ever, NULL);
    usleep(20000);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
}

static void come_and_go(void)
{
    pthread_t thread;
    thrd_t other;
    int result = 0;

    for (int i = 0; i < SHORT; i++) {
        pthread_create(&thread, NULL, run_short, NULL);
        pthread_join(thread, NULL);
    }
    thrd_create(&other, run_c11, NULL);
    thrd_join(other, &result);
    printf("%d ", result);
}

static void fork_some(void)
{
    int status;

    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child)
            continue;
        for (int j = 0; j < ROUNDS; j++)
            work(1);
        if (i % 2)
            come_and_go();
        _exit(i);
    }
    for (int i = 0; i < FORKS; i++)
        wait(&status);
}

static unsigned long *share(void)
{
    FILE *file = tmpfile();
    void *mmap(void *, size_t, int, int, int, long);

    if (!file || ftruncate(fileno(file), 4096) != 0)
        exit(1);
    return mmap(NULL, 4096, 3, 1, fileno(file), 0);
}

int main(void)
{
    pthread_t threads[THREADS];

    calls = share();
    setvbuf(stdout, NULL, _IOFBF, 4096);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, run, i % 2 ? calls : NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    come_and_go();
    cancel_one();
    fork_some();
    printf("calls: %lu\n", *calls);
    return 3;
}
