#include "report/pair_sums.h"

#include "support/test.h"

LP_TEST(pair_sums, keeps_each_pair_apart_while_it_grows)
{
    struct pair_sums sums = {0};

    for (uint32_t round = 1; round <= 2; round++)
        for (uint32_t first = 0; first < 100; first++)
            for (uint32_t second = 0; second < 50; second++)
                pair_sums_get(&sums, first, second)->sum += first * 1000 + second;
    cr_assert(sums.n == 5000);
    size_t n_used = 0;
    for (size_t i = 0; i < sums.n_slots; i++) {
        const struct pair_sum *slot = &sums.slots[i];
        n_used += slot->used;
        cr_assert(slot->sum == (slot->used ? 2 * (slot->first * 1000 + slot->second) : 0));
    }
    cr_expect(n_used == 5000);
    pair_sums_deinit(&sums);
    cr_expect(sums.n == 0);
    cr_expect(pair_sums_get(&sums, UINT32_MAX, 0)->sum == 0);
    pair_sums_deinit(&sums);
}
