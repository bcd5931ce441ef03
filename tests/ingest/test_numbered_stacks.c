#include "ingest/numbered_stacks.h"

#include "support/test.h"

LP_TEST(numbered_stacks, a_number_means_what_it_was_last_given)
{
    struct numbered_stacks numbered = {0};
    uint32_t stack = 0;

    cr_expect(!numbered_stacks_get(&numbered, 7, &stack));
    numbered_stacks_put(&numbered, 7, 70);
    numbered_stacks_put(&numbered, UINT64_MAX, 80);
    cr_expect(numbered_stacks_get(&numbered, 7, &stack) && stack == 70);
    cr_expect(numbered_stacks_get(&numbered, UINT64_MAX, &stack) && stack == 80);
    numbered_stacks_put(&numbered, UINT64_MAX, 81);
    cr_expect(numbered_stacks_get(&numbered, UINT64_MAX, &stack) && stack == 81);
    cr_expect(numbered_stacks_get(&numbered, 7, &stack) && stack == 70);
    cr_expect(!numbered_stacks_get(&numbered, 8, &stack) && stack == 70);
    numbered_stacks_deinit(&numbered);
}
