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

int64_t filter_through(struct profile *profile, const bool *chosen)
{
    int64_t before = profile_total(profile, PROFILE_SAMPLES);
    size_t n = profile->n_samples;
    CLEANUP(cleanup_free)
    struct profile_sample *samples = mem_dup(profile->samples, n * sizeof *samples);

    profile->n_samples = 0;
    index_clear(profile->index, INDEX_SAMPLES);
    for (size_t i = 0; i < n; i++) {
        const struct profile_sample *sample = &samples[i];
        if (passes_through(profile, &profile->stacks[sample->stack - 1], chosen))
            builder_sample(profile, sample->stack, sample->task, sample->values);
    }
    scale_clustering(profile, before);
    return before - profile_total(profile, PROFILE_SAMPLES);
}
