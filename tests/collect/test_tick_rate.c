#include "collect/tick_rate.h"

#include <time.h>

#include "support/test.h"

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

LP_TEST(tick_rate, ticks_of_a_while_are_as_long_as_it)
{
    const struct timespec pause = {.tv_nsec = 30000000};
    uint64_t rate = tick_rate_ns();
    double start = now_ns();
    uint64_t ticks = __builtin_ia32_rdtsc();

    nanosleep(&pause, NULL);
    double took = now_ns() - start;
    ticks = __builtin_ia32_rdtsc() - ticks;
    if (rate)
        cr_expect_float_eq((double)ticks * (double)rate / 4294967296.0, took, took * 1e-3);
    else
        cr_log_info("the counter is no clock on this machine");
}
