#include "profile/regions.h"

#include <stdlib.h>

#include "profile/builder.h"
#include "profile/filter.h"
#include "support/test.h"

LP_TEST(regions, a_bucket_is_three_percent_wide)
{
    size_t last = 0;

    for (int64_t ns = 0; ns < INT64_C(1) << 40; ns += ns / 100 + 1) {
        size_t bucket = regions_bucket(ns);
        int64_t middle = regions_bucket_ns(bucket);
        cr_assert(bucket >= last && bucket < PROFILE_REGION_BUCKETS, "%lld", (long long)ns);
        cr_assert(llabs(middle - ns) <= ns / 60, "%lld is in a bucket at %lld", (long long)ns,
                  (long long)middle);
        last = bucket;
    }
    cr_expect_eq(regions_bucket(-1), 0);
    cr_expect_eq(regions_bucket(INT64_MAX), PROFILE_REGION_BUCKETS - 1);
}

static void add_call(struct profile *profile, uint32_t region, int64_t ns)
{
    int64_t buckets[PROFILE_REGION_BUCKETS] = {0};

    buckets[regions_bucket(ns)] = 1;
    builder_region_calls(
        profile, region,
        &(struct profile_region){
            .calls = 1, .total_ns = ns, .min_ns = ns, .max_ns = ns, .buckets = buckets});
}

LP_TEST(regions, percentiles_are_those_of_the_calls)
{
    struct profile *profile = profile_create();
    uint32_t region = builder_region(profile, 0, "load");

    cr_expect_eq(regions_percentile_ns(&profile->regions[0], 0.5), 0);
    for (int64_t i = 1; i <= 1000; i++)
        add_call(profile, region, i * 1000);
    const struct profile_region *made = &profile->regions[region - 1];
    cr_expect_eq(made->calls, 1000);
    cr_expect_eq(made->min_ns, 1000);
    cr_expect_eq(made->max_ns, 1000000);
    cr_expect_float_eq((double)regions_percentile_ns(made, 0.5), 500e3, 10e3);
    cr_expect_float_eq((double)regions_percentile_ns(made, 0.99), 990e3, 20e3);
    cr_expect_eq(regions_percentile_ns(made, 0), 1000);
    cr_expect_leq(regions_percentile_ns(made, 1), 1000000);
    profile_destroy(profile);
}

// load/parse, parse, and a sample in each and in none.
static struct profile *three(void)
{
    struct profile *profile = profile_create();
    uint32_t load = builder_region(profile, 0, "load");
    uint32_t inner = builder_region(profile, load, "parse");
    uint32_t outer = builder_region(profile, 0, "parse");
    uint32_t location = builder_location(profile, 0, 1, PROFILE_ADDRESS_EXACT);
    uint32_t stack = builder_stack(profile, &location, 1);

    for (uint32_t region = 0; region <= outer; region++)
        builder_sample_in(profile, stack, 0, region,
                          (const int64_t[PROFILE_VALUES]){[PROFILE_SAMPLES] = 1 << region});
    cr_expect_eq(inner, 2);
    return profile;
}

LP_TEST(regions, a_glob_matches_names_and_paths)
{
    struct profile *profile = three();
    char *path = regions_path(profile, 2);
    bool chosen[3] = {false};

    cr_expect_str_eq(path, "load/parse");
    cr_expect(regions_match(profile, "parse", chosen));
    cr_expect(!chosen[0] && chosen[1] && chosen[2]);
    chosen[1] = chosen[2] = false;
    cr_expect(regions_match(profile, "load/*", chosen));
    cr_expect(!chosen[0] && chosen[1] && !chosen[2]);
    cr_expect(!regions_match(profile, "pars", chosen));
    free(path);
    profile_destroy(profile);
}

LP_TEST(regions, a_region_has_those_inside_of_it)
{
    const struct {
        bool chosen[3];
        int64_t left;
    } cases[] = {
        {{true, false, false}, 2 + 4}, {{false, true, false}, 4}, {{false, false, true}, 8}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct profile *profile = three();
        cr_expect_eq(filter_regions(profile, cases[i].chosen), 15 - cases[i].left);
        cr_expect_eq(profile_total(profile, PROFILE_SAMPLES), cases[i].left);
        profile_destroy(profile);
    }
}
