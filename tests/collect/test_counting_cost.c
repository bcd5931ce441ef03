#include "collect/counting_cost.h"

#include "support/test.h"

LP_TEST(counting_cost, grows_with_what_was_run)
{
    const struct rewrite_passes none = {0};
    const struct rewrite_passes counters = {.counters = 1000000};
    const struct rewrite_passes calls = {.counters = 1000000, .calls = 1000000};

    cr_expect_eq(counting_cost_ns(&none), 0);
    cr_expect_gt(counting_cost_ns(&counters), 10000);
    cr_expect_gt(counting_cost_ns(&calls), 5 * counting_cost_ns(&counters));
}
