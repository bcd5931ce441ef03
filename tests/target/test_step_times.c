#include "target/step_times.h"

#include "event/event.h"
#include "support/test.h"

LP_TEST(step_times, a_chain_has_one_number)
{
    struct step_times times = {0};
    uint32_t a = step_times_enter(&times, 0, 100);
    uint32_t ab = step_times_enter(&times, a, 200);

    cr_expect(a == 1 && ab == 2);
    cr_expect(step_times_enter(&times, 0, 100) == a);
    cr_expect(step_times_enter(&times, a, 200) == ab);
    cr_expect(step_times_enter(&times, 0, 200) == 3, "another chain: it has one site only");
    cr_expect(times.chains[ab - 1].outer == a && times.chains[ab - 1].site == 200);
    cr_expect(times.chains[ab - 1].depth == 2);
    step_times_deinit(&times);
    cr_expect(times.n == 0);
}

LP_TEST(step_times, recursion_adds_nothing)
{
    struct step_times times = {0};
    uint32_t a = step_times_enter(&times, 0, 100);
    uint32_t ab = step_times_enter(&times, a, 200);

    cr_expect(step_times_enter(&times, ab, 100) == ab);
    cr_expect(step_times_enter(&times, ab, 200) == ab);
    cr_expect(times.n == 2);
    step_times_deinit(&times);
}

LP_TEST(step_times, times_add_up)
{
    struct step_times times = {0};
    uint32_t a = step_times_enter(&times, 0, 100);

    step_times_add(&times, a, 5);
    step_times_add(&times, a, 6);
    step_times_add(&times, 0, 1000);
    cr_expect(times.chains[a - 1].time_ns == 11);
    step_times_deinit(&times);
}

LP_TEST(step_times, chains_have_an_end)
{
    struct step_times times = {0};
    uint32_t chain = 0;

    for (uint64_t site = 1; site <= 3 * EVENT_PLACES_MAX; site++)
        chain = step_times_enter(&times, chain, site);
    cr_expect(times.n == EVENT_PLACES_MAX);
    cr_expect(times.chains[chain - 1].depth == EVENT_PLACES_MAX);
    cr_expect(times.chains[chain - 1].site == EVENT_PLACES_MAX);
    step_times_deinit(&times);
}
