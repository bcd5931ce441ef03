// Times each of its regions itself too. Prints the smallest, the median, the 99th percentile and the largest
// of the durations, and their sum [ns].
#include <lprof/lprof.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CALLS = 20000 };

static volatile unsigned sink;
static int64_t durations[CALLS];

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void work(long n)
{
    for (long i = 0; i < n; i++)
        sink = sink * 1664525u + 1013904223u;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

int main(void)
{
    int64_t sum = 0;
    unsigned x = 1;

    for (int i = 0; i < CALLS; i++) {
        int64_t start = now_ns();
        x = x * 1103515245u + 12345u;
        // From a microsecond up to two hundred times as long, most of them short.
        LPROF_REGION("work") work(1000 + (x >> 16) % 1000 * ((x >> 8) % 16 ? 1 : 200));
        durations[i] = now_ns() - start;
        sum += durations[i];
    }
    qsort(durations, CALLS, sizeof *durations, compare);
    printf("%lld %lld %lld %lld %lld\n", (long long)durations[0], (long long)durations[CALLS / 2],
           (long long)durations[CALLS / 100 * 99], (long long)durations[CALLS - 1], (long long)sum);
    return 0;
}
