// The kernel's own clock is made of the counter where it trusts it: then both run at the same rate, but for what
// adjusts the clock, which is less than what matters here. What the rate is is measured, for no interface tells it on
// all machines.
#include "collect/tick_rate.h"

#include <cpuid.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

// As long as this is slept; a reading is off by some 50 ns.
enum { MEASURED_NS = 2000000, TRIES = 8 };

// Whether the counter runs at the same rate in all states of the CPU.
static bool is_steady(void)
{
    const unsigned power = 0x80000007;
    const unsigned invariant = 1U << 8;
    unsigned a;
    unsigned b;
    unsigned c;
    unsigned d = 0;

    return __get_cpuid(power, &a, &b, &c, &d) && (d & invariant);
}

// Whether the kernel takes its time from it.
static bool is_trusted(void)
{
    CLEANUP(cleanup_fclose)
    FILE *in = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    char name[16] = "";

    return in && fgets(name, sizeof name, in) && strcmp(name, "tsc\n") == 0;
}

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// The one of some readings that was interrupted least.
struct tick_reading tick_rate_read(void)
{
    struct tick_reading best = {0};
    uint64_t shortest = UINT64_MAX;

    for (int i = 0; i < TRIES; i++) {
        uint64_t before = __builtin_ia32_rdtsc();
        uint64_t ns = monotonic_ns();
        uint64_t took = __builtin_ia32_rdtsc() - before;
        if (took < shortest) {
            shortest = took;
            best = (struct tick_reading){before + took / 2, ns};
        }
    }
    return best;
}

uint64_t tick_rate_ns(void)
{
    const struct timespec pause = {.tv_nsec = MEASURED_NS};
    __extension__ typedef unsigned __int128 wide;

    if (!is_steady() || !is_trusted())
        return 0;
    struct tick_reading first = tick_rate_read();
    nanosleep(&pause, NULL);
    struct tick_reading last = tick_rate_read();
    if (last.ticks <= first.ticks || last.ns <= first.ns)
        return 0;
    return (uint64_t)(((wide)(last.ns - first.ns) << 32) / (last.ticks - first.ticks));
}
