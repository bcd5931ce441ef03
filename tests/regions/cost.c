// What a region costs, beside two readings of the clock. Prints a line for each of ROUNDS pairs, taken in
// turn: nanoseconds of an empty region, of one inside of another, and of a bare pair of clock_gettime().
//
// usage: cost ROUNDS
#include <lprof/lprof.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CALLS = 20000 };

static volatile long sink;

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double regions(void)
{
    double start = now_ns();

    for (int i = 0; i < CALLS; i++)
        LPROF_REGION("empty") sink = i;
    return (now_ns() - start) / CALLS;
}

static double nested(void)
{
    double start = now_ns();

    LPROF_REGION("outer") for (int i = 0; i < CALLS; i++) LPROF_REGION("inner") sink = i;
    return (now_ns() - start) / CALLS;
}

static double clocks(void)
{
    struct timespec from;
    struct timespec to;
    double start = now_ns();

    for (int i = 0; i < CALLS; i++) {
        clock_gettime(CLOCK_MONOTONIC, &from);
        sink = i;
        clock_gettime(CLOCK_MONOTONIC, &to);
    }
    return (now_ns() - start) / CALLS;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 10;

    regions();
    for (int i = 0; i < rounds; i++) {
        double one = regions();
        double two = nested();
        printf("%.2f %.2f %.2f\n", one, two, clocks());
    }
    return 0;
}
