// Times of short stretches of work [s], by the thread's CPU clock: what else runs here does not count.
#ifndef LPROF_TEST_STOPWATCH_H
#define LPROF_TEST_STOPWATCH_H

#include <time.h>

static inline double stopwatch_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/** What reading the clock takes itself: the least of many. */
static inline double stopwatch_cost(void)
{
    static double cost = -1;

    if (cost >= 0)
        return cost;
    cost = 1;
    for (int i = 0; i < 1000; i++) {
        double start = stopwatch_now();
        double took = stopwatch_now() - start;
        cost = took < cost ? took : cost;
    }
    return cost;
}

/** From one reading to another. */
static inline double stopwatch_between(double start, double end)
{
    double took = end - start - stopwatch_cost();

    return took > 0 ? took : 0;
}

#endif
