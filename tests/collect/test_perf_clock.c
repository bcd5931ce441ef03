#include "collect/perf_clock.h"

#include "support/test.h"

static uint64_t divisor(uint64_t a, uint64_t b)
{
    return b ? divisor(b, a % b) : a;
}

LP_TEST(perf_clock, the_default_rate_has_the_measured_pair)
{
    uint64_t periods[PERF_CLOCKS];

    perf_clock_periods(1000, periods);
    cr_expect(periods[0] == 1913003);
    cr_expect(periods[1] == 2089007);
}

LP_TEST(perf_clock, every_rate_is_met_by_coprime_periods)
{
    for (uint32_t rate = 1; rate <= 190000; rate += 1 + rate / 7) {
        uint64_t periods[PERF_CLOCKS];
        perf_clock_periods(rate, periods);
        double ticks = 1e9 / (double)periods[0] + 1e9 / (double)periods[1];
        double ratio = (double)periods[1] / (double)periods[0];
        cr_expect(divisor(periods[0], periods[1]) == 1, "rate %u", rate);
        cr_expect(ticks > 0.995 * rate && ticks < 1.005 * rate, "rate %u: %f", rate, ticks);
        cr_expect(ratio > 1.085 && ratio < 1.1, "rate %u: ratio %f", rate, ratio);
    }
}

LP_TEST(perf_clock, no_period_is_below_what_the_kernel_does)
{
    uint64_t periods[PERF_CLOCKS];

    perf_clock_periods(UINT32_MAX, periods);
    cr_expect(periods[0] >= 10000 && periods[1] >= 10000);
}

LP_TEST(perf_clock, the_beginning_is_four_times_as_fast_up_to_4_khz)
{
    cr_expect(perf_clock_boost(1) == 4);
    cr_expect(perf_clock_boost(250) == 1000);
    cr_expect(perf_clock_boost(1000) == 4000);
    cr_expect(perf_clock_boost(3999) == 4000);
    cr_expect(perf_clock_boost(4000) == 0);
    cr_expect(perf_clock_boost(UINT32_MAX) == 0);
}

LP_TEST(perf_clock, two_clocks_share_the_time)
{
    cr_expect(perf_clock_weight(1913003) == 956501);
    cr_expect(perf_clock_weight(2) == 1);
}
