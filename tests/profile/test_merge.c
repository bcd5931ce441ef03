#include "profile/merge.h"

#include <stdlib.h>
#include <string.h>

#include "profile/builder.h"
#include "profile/pprof.h"
#include "support/random_profile.h"
#include "support/test.h"

static const uint64_t SEEDS = 150;

// Both as content and as bytes of a file.
static void expect_equal(const struct profile *a, const struct profile *b, uint64_t seed)
{
    char *text_a = profile_text(a);
    char *text_b = profile_text(b);
    uint8_t *bytes_a;
    uint8_t *bytes_b;
    size_t size_a;
    size_t size_b;

    pprof_encode(a, &bytes_a, &size_a);
    pprof_encode(b, &bytes_b, &size_b);
    cr_expect_str_eq(text_a, text_b, "seed %lu", (unsigned long)seed);
    cr_expect(size_a == size_b && memcmp(bytes_a, bytes_b, size_a) == 0, "bytes, seed %lu",
              (unsigned long)seed);
    free(text_a);
    free(text_b);
    free(bytes_a);
    free(bytes_b);
}

// a + b
static struct profile *sum_of(uint64_t a, uint64_t b)
{
    struct profile *sum = random_profile(a);
    struct profile *other = random_profile(b);

    merge_into(sum, other);
    profile_destroy(other);
    return sum;
}

LP_TEST(merge, is_commutative)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct profile *ab = sum_of(seed, seed + 1);
        struct profile *ba = sum_of(seed + 1, seed);

        cr_expect_null(profile_check(ab));
        expect_equal(ab, ba, seed);
        profile_destroy(ab);
        profile_destroy(ba);
    }
}

LP_TEST(merge, is_associative)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct profile *left = sum_of(seed, seed + 1);
        struct profile *c = random_profile(seed + 2);
        struct profile *right = random_profile(seed);
        struct profile *bc = sum_of(seed + 1, seed + 2);

        merge_into(left, c);
        merge_into(right, bc);
        expect_equal(left, right, seed);
        profile_destroy(left);
        profile_destroy(c);
        profile_destroy(right);
        profile_destroy(bc);
    }
}

LP_TEST(merge, keeps_every_value)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct profile *a = random_profile(seed);
        struct profile *b = random_profile(seed + 1);
        int64_t cpu = profile_total(a, PROFILE_CPU) + profile_total(b, PROFILE_CPU);
        int64_t samples = profile_total(a, PROFILE_SAMPLES) + profile_total(b, PROFILE_SAMPLES);

        merge_into(a, b);
        cr_expect(profile_total(a, PROFILE_CPU) == cpu);
        cr_expect(profile_total(a, PROFILE_SAMPLES) == samples);
        profile_destroy(a);
        profile_destroy(b);
    }
}

LP_TEST(merge, an_empty_profile_changes_nothing)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct profile *p = random_profile(seed);
        struct profile *same = random_profile(seed);
        struct profile *empty = profile_create();

        merge_into(p, empty);
        expect_equal(p, same, seed);
        merge_into(empty, p);
        expect_equal(empty, same, seed);
        profile_destroy(p);
        profile_destroy(same);
        profile_destroy(empty);
    }
}

static struct profile *with_meta(const char *date, const char *mode, int64_t exit_status)
{
    struct profile *p = profile_create();

    p->meta.date = profile_string(p, date);
    p->meta.mode = profile_string(p, mode);
    p->meta.sampler = profile_string(p, exit_status ? "perf" : "none");
    p->meta.exit_status = exit_status;
    p->meta.wall_ns = 10;
    p->meta.runs = 1;
    return p;
}

LP_TEST(merge, of_what_differs_in_meta_one_stays)
{
    struct profile *a = with_meta("2024-05-01T09:30:00+02:00", "sample", 0);
    struct profile *b = with_meta("2024-05-01T08:00:00+00:00", "exact", 3);

    merge_into(a, b);
    cr_expect_str_eq(a->meta.date, "2024-05-01T09:30:00+02:00"); // 07:30 UTC
    cr_expect_str_eq(a->meta.mode, "mixed");
    cr_expect_str_eq(a->meta.sampler, "perf");
    cr_expect(a->meta.exit_status == 3);
    cr_expect(a->meta.wall_ns == 20);
    cr_expect(a->meta.runs == 2);
    profile_destroy(a);
    profile_destroy(b);
}

// A sample at one address, symbolized or not.
static struct profile *one_sample(bool with_lines)
{
    struct profile *p = profile_create();
    uint32_t m = builder_mapping(p, &(struct profile_mapping){.path = "/a", .build_id = "aa"});
    uint32_t location = builder_location(p, m, 1, PROFILE_ADDRESS_SKID);

    if (with_lines) {
        uint32_t f = builder_function(p, &(struct profile_function){.name = "f"});
        builder_set_lines(p, location,
                          &(struct profile_line){.function = f, .file = "/a.c", .line = 3}, 1);
        p->mappings[0].debug_info = profile_string(p, "/a");
    }
    builder_sample(p, builder_stack(p, &location, 1), 0, (const int64_t[PROFILE_VALUES]){1, 7});
    return p;
}

LP_TEST(merge, lines_known_on_one_side_are_kept)
{
    struct profile *plain = one_sample(false);
    struct profile *full = one_sample(true);

    merge_into(plain, full);
    cr_expect(plain->n_locations == 1 && plain->n_samples == 1);
    cr_expect(plain->samples[0].values[PROFILE_CPU] == 14);
    cr_assert(plain->locations[0].n_lines == 1);
    cr_expect(plain->locations[0].lines[0].line == 3);
    cr_expect_str_eq(plain->mappings[0].debug_info, "/a");
    profile_destroy(plain);
    profile_destroy(full);
}
