// Does the same work in regions and outside of them, in shares that are known.
//
// usage: shares ROUNDS UNITS [DEPTH] [THREADS]: in each round 3 UNITS of work outside, 5 in "a", 2 in "a/b",
// 2 while measuring is off, each DEPTH bytes of stack below its region
#include <lprof/lprof.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static long rounds;
static long units;
static long depth;

__attribute__((noinline)) static unsigned work(long n, unsigned x)
{
    for (long i = 0; i < n * 100; i++)
        x = x * 1664525u + 1013904223u;
    return x;
}

__attribute__((noinline)) static unsigned below(long n, unsigned x)
{
    volatile char stack[depth + 1];

    stack[0] = (char)x;
    stack[depth] = (char)x;
    x = work(n, x);
    return x + (unsigned)stack[0] - (unsigned)stack[depth];
}

static void *run(void *argument)
{
    unsigned x = 1;

    for (long i = 0; i < rounds; i++) {
        x = below(3 * units, x);
        LPROF_REGION("a")
        {
            x = below(2 * units, x);
            LPROF_REGION("b") x = below(2 * units, x);
            x = below(3 * units, x);
        }
        lprof_disable();
        x = below(2 * units, x);
        lprof_enable();
    }
    *(unsigned *)argument = x;
    return NULL;
}

int main(int argc, char **argv)
{
    enum { THREADS_MOST = 16 };
    pthread_t threads[THREADS_MOST];
    unsigned results[THREADS_MOST];
    int n = argc > 4 ? atoi(argv[4]) : 1;

    rounds = argc > 1 ? atol(argv[1]) : 1;
    units = argc > 2 ? atol(argv[2]) : 1;
    depth = argc > 3 ? atol(argv[3]) : 0;
    for (int i = 1; i < n; i++)
        pthread_create(&threads[i], NULL, run, &results[i]);
    run(&results[0]);
    for (int i = 1; i < n; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
