#include "collect/perf_clock.h"

#include <assert.h>

#define BOOST_RATE_HZ 4000
#define MAX_RATE_HZ 190000

// Both prime to each other; together 1000 ticks a second.
static const uint64_t periods_at_1khz[PERF_CLOCKS] = {1913003, 2089007};

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void perf_clock_periods(uint32_t rate_hz, uint64_t ret[PERF_CLOCKS])
{
    assert(rate_hz > 0);
    uint64_t rate = rate_hz < MAX_RATE_HZ ? rate_hz : MAX_RATE_HZ;
    ret[0] = periods_at_1khz[0] * 1000 / rate;
    ret[1] = periods_at_1khz[1] * 1000 / rate;
    while (greatest_common_divisor(ret[0], ret[1]) != 1)
        ret[1]++;
}

uint32_t perf_clock_boost(uint32_t rate_hz)
{
    if (rate_hz >= BOOST_RATE_HZ)
        return 0;
    return rate_hz < BOOST_RATE_HZ / 4 ? 4 * rate_hz : BOOST_RATE_HZ;
}

uint64_t perf_clock_weight(uint64_t period_ns)
{
    return period_ns / PERF_CLOCKS;
}
