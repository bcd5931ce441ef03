#include "ingest/clustering.h"

#include "support/test.h"

static const int64_t MS = 1000000;

// xorshift64*
static double draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)((*state * UINT64_C(0x2545f4914f6cdd1d)) >> 11) * 0x1p-53;
}

static void add(struct clustering *clustering, uint64_t leaf, int64_t time_ns)
{
    const uint64_t code[CLUSTERING_KINDS] = {leaf, 0};

    clustering_add(clustering, code, time_ns);
}

// The effect found for two pieces of code that take turns by chance, after `mean` samples on average.
static double effect_of_phases(double mean, int samples)
{
    struct clustering clustering;
    uint64_t state = 88172645463325252;
    uint64_t leaf = 1;

    clustering_init(&clustering);
    for (int i = 0; i < samples; i++) {
        if (draw(&state) < 1 / mean)
            leaf = draw(&state) < 0.6;
        add(&clustering, leaf + 1, MS);
    }
    double effect = clustering_effect(&clustering);
    clustering_deinit(&clustering);
    return effect;
}

LP_TEST(clustering, independent_samples_have_none)
{
    cr_expect(effect_of_phases(1, 1000) < 1.5, "%g", effect_of_phases(1, 1000));
    cr_expect(effect_of_phases(1, 100000) < 1.4, "%g", effect_of_phases(1, 100000));
}

// A sample equals the one before with chance r = 1 - 1 / mean: the effect is (1 + r) / (1 - r).
LP_TEST(clustering, phases_have_that_of_their_length)
{
    double effect = effect_of_phases(10, 100000);

    cr_expect(effect > 0.8 * 19 && effect < 1.4 * 19, "%g", effect);
    effect = effect_of_phases(3, 100000);
    cr_expect(effect > 0.8 * 5 && effect < 1.4 * 5, "%g", effect);
}

LP_TEST(clustering, long_phases_leave_few_samples_and_at_least_two)
{
    struct clustering clustering;

    clustering_init(&clustering);
    for (unsigned i = 0; i < 400; i++)
        add(&clustering, i / 40 % 2 + 1, MS);
    double effect = clustering_effect(&clustering);
    cr_expect(effect > 5 && effect <= 200, "%g", effect);
    clustering_deinit(&clustering);
}

// Reading and then computing is no chance: it would be so again.
LP_TEST(clustering, the_course_of_a_program_is_none)
{
    struct clustering clustering;
    uint64_t state = 1;

    clustering_init(&clustering);
    for (unsigned i = 0; i < 10000; i++)
        add(&clustering, (i < 4000 ? 1u : 2u) + (draw(&state) < 0.5 ? 2u : 0u), MS);
    cr_expect(clustering_effect(&clustering) < 3, "%g", clustering_effect(&clustering));
    clustering_deinit(&clustering);
}

LP_TEST(clustering, runs_too_short_to_tell_have_none)
{
    struct clustering clustering;

    clustering_init(&clustering);
    cr_expect(clustering_effect(&clustering) == 1);
    for (int i = 0; i < 50; i++)
        add(&clustering, i < 25 ? 1 : 2, MS);
    cr_expect(clustering_effect(&clustering) == 1);
    clustering_deinit(&clustering);
}

// Samples that stand for more time are fewer: their batches must not be of one sample each.
LP_TEST(clustering, does_not_hang_on_the_rate)
{
    struct clustering clustering;
    uint64_t state = 5;

    clustering_init(&clustering);
    for (int i = 0; i < 2000; i++)
        add(&clustering, draw(&state) < 0.6 ? 1 : 2, 100 * MS);
    cr_expect(clustering_effect(&clustering) < 1.5, "%g", clustering_effect(&clustering));
    clustering_deinit(&clustering);
}
