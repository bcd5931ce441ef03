#include "profile/filter.h"

#include <stdlib.h>

#include "profile/builder.h"
#include "support/random_profile.h"
#include "support/test.h"

static const uint64_t SEEDS = 100;

LP_TEST(filter, all_functions_keep_what_has_a_function)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct profile *profile = random_profile(seed);
        bool *all = calloc(profile->n_functions + 1, sizeof *all);
        for (size_t i = 0; i < profile->n_functions; i++)
            all[i] = true;
        int64_t before = profile_total(profile, PROFILE_SAMPLES);
        int64_t left_out = filter_through(profile, all);
        cr_expect_null(profile_check(profile));
        cr_expect_eq(profile_total(profile, PROFILE_SAMPLES) + left_out, before);
        for (size_t i = 0; i < profile->n_samples; i++) {
            const struct profile_stack *stack = &profile->stacks[profile->samples[i].stack - 1];
            size_t n_lines = 0;
            for (size_t k = 0; k < stack->n; k++)
                n_lines += profile->locations[stack->locations[k] - 1].n_lines;
            cr_expect_gt(n_lines, 0);
        }
        free(all);
        profile_destroy(profile);
    }
}

LP_TEST(filter, no_function_keeps_nothing)
{
    struct profile *profile = random_profile(1);
    bool *none = calloc(profile->n_functions + 1, sizeof *none);
    int64_t before = profile_total(profile, PROFILE_SAMPLES);

    cr_assert_gt(before, 0);
    cr_expect_eq(filter_through(profile, none), before);
    cr_expect_eq(profile->n_samples, 0);
    free(none);
    profile_destroy(profile);
}

// a() calls b() and c(); c() is inlined into a location of its own with d() innermost.
LP_TEST(filter, callers_and_inlined_functions_count)
{
    struct profile *profile = profile_create();
    const char *const names[] = {"a", "b", "c", "d"};
    uint32_t functions[4];
    uint32_t mapping = builder_mapping(profile, &(struct profile_mapping){.path = "/p"});
    uint32_t locations[3];
    const int64_t one[PROFILE_VALUES] = {[PROFILE_SAMPLES] = 1, [PROFILE_CPU] = 10};
    bool chosen[4] = {false};

    for (size_t i = 0; i < 4; i++)
        functions[i] = builder_function(
            profile, &(struct profile_function){.name = names[i], .linkage_name = names[i]});
    for (size_t i = 0; i < 3; i++)
        locations[i] = builder_location(profile, mapping, 100 + i, PROFILE_ADDRESS_EXACT);
    builder_set_lines(profile, locations[0], &(struct profile_line){.function = functions[0]}, 1);
    builder_set_lines(profile, locations[1], &(struct profile_line){.function = functions[1]}, 1);
    const struct profile_line inlined[] = {{.function = functions[3]}, {.function = functions[2]}};
    builder_set_lines(profile, locations[2], inlined, 2);
    uint32_t in_b = builder_stack(profile, (const uint32_t[]){locations[1], locations[0]}, 2);
    uint32_t in_d = builder_stack(profile, (const uint32_t[]){locations[2], locations[0]}, 2);
    builder_sample(profile, in_b, 0, one);
    builder_sample(profile, in_d, 0, one);
    builder_sample(profile, in_d, 0, one);

    chosen[functions[0] - 1] = true;
    cr_expect_eq(filter_through(profile, chosen), 0);
    chosen[functions[0] - 1] = false;
    chosen[functions[2] - 1] = true;
    cr_expect_eq(filter_through(profile, chosen), 1);
    cr_expect_eq(profile->n_samples, 1);
    cr_expect_eq(profile->samples[0].stack, in_d);
    // The table of samples goes on from there.
    builder_sample(profile, in_d, 0, one);
    builder_sample(profile, in_b, 0, one);
    cr_expect_eq(profile->n_samples, 2);
    cr_expect_eq(profile->samples[0].values[PROFILE_SAMPLES], 3);
    cr_expect_null(profile_check(profile));
    profile_destroy(profile);
}
