#include "report/interval.h"

#include <math.h>

#include "support/test.h"

// Expected values from the formula of Wilson's interval, worked out apart.
LP_TEST(interval, is_wilsons)
{
    cr_expect(fabs(interval_half_width(50, 100, 1) - 0.0961685) < 1e-6);
    cr_expect(fabs(interval_half_width(1, 10, 1) - 0.1931369) < 1e-6);
    cr_expect(fabs(interval_half_width(0, 100, 1) - 0.0184967) < 1e-6);
    cr_expect(interval_half_width_ns(50, 100, 1000000000, 1) == 96168470);
}

LP_TEST(interval, all_samples_on_one_line_still_leave_doubt)
{
    cr_expect(fabs(interval_half_width(10, 10, 1) - 0.1387664) < 1e-6);
    cr_expect(interval_half_width(0, 0, 1) == 0.5);
}

LP_TEST(interval, a_design_effect_of_four_is_a_quarter_of_the_samples)
{
    cr_expect(fabs(interval_half_width(400, 1000, 4) - interval_half_width(100, 250, 1)) < 1e-12);
    cr_expect(interval_half_width(5, 10, 0.1) == interval_half_width(5, 10, 1));
}
