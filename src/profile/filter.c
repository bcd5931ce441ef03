#include "profile/filter.h"

#include <math.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "profile/builder.h"
#include "profile/index.h"

static bool is_in(const struct profile_location *location, const bool *chosen)
{
    for (size_t i = 0; i < location->n_lines; i++)
        if (chosen[location->lines[i].function - 1])
            return true;
    return false;
}

static bool passes_through(const struct profile *profile, const struct profile_stack *stack,
                           const bool *chosen)
{
    for (size_t i = 0; i < stack->n; i++)
        if (is_in(&profile->locations[stack->locations[i] - 1], chosen))
            return true;
    return false;
}

// How samples cluster in time is known of all together alone.
static void scale_clustering(struct profile *profile, int64_t before)
{
    int64_t after = profile_total(profile, PROFILE_SAMPLES);

    if (before > 0)
        profile->meta.clustered_samples =
            llround((double)profile->meta.clustered_samples * (double)after / (double)before);
}

static void keep(struct profile *profile, const struct profile_sample *sample)
{
    builder_sample_in(profile, sample->stack, sample->task, sample->region, sample->values);
}

// Take all samples out of the profile. Free them.
static struct profile_sample *take_samples(struct profile *profile, size_t *n_ret)
{
    struct profile_sample *samples =
        mem_dup(profile->samples, profile->n_samples * sizeof *samples);

    *n_ret = profile->n_samples;
    profile->n_samples = 0;
    index_clear(profile->index, INDEX_SAMPLES);
    return samples;
}

int64_t filter_through(struct profile *profile, const bool *chosen)
{
    int64_t before = profile_total(profile, PROFILE_SAMPLES);
    size_t n;
    CLEANUP(cleanup_free) struct profile_sample *samples = take_samples(profile, &n);

    for (size_t i = 0; i < n; i++)
        if (passes_through(profile, &profile->stacks[samples[i].stack - 1], chosen))
            keep(profile, &samples[i]);
    scale_clustering(profile, before);
    return before - profile_total(profile, PROFILE_SAMPLES);
}

static bool is_inside(const struct profile *profile, uint32_t region, const bool *chosen)
{
    for (; region; region = profile->regions[region - 1].parent)
        if (chosen[region - 1])
            return true;
    return false;
}

// What stands for counted code is kept without counts, so that it shows as never run.
static void keep_places(struct profile *profile, const struct profile_sample *sample)
{
    static const int64_t none[PROFILE_VALUES];
    const struct profile_stack *stack = &profile->stacks[sample->stack - 1];
    enum profile_address_kind kind = profile->locations[stack->locations[0] - 1].kind;

    if (kind == PROFILE_ADDRESS_LINE || kind == PROFILE_ADDRESS_ENTRY)
        builder_sample_in(profile, sample->stack, sample->task, 0, none);
}

int64_t filter_regions(struct profile *profile, const bool *chosen)
{
    int64_t before = profile_total(profile, PROFILE_SAMPLES);
    size_t n;
    CLEANUP(cleanup_free) struct profile_sample *samples = take_samples(profile, &n);

    for (size_t i = 0; i < n; i++) {
        if (is_inside(profile, samples[i].region, chosen))
            keep(profile, &samples[i]);
        else
            keep_places(profile, &samples[i]);
    }
    scale_clustering(profile, before);
    return before - profile_total(profile, PROFILE_SAMPLES);
}

void filter_none(struct profile *profile)
{
    profile->n_samples = 0;
    index_clear(profile->index, INDEX_SAMPLES);
    profile->meta.clustered_samples = 0;
}
