#include "report/memory_sums.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"

struct walk {
    const struct frames *frames;
    const bool *in_project;
    struct memory_sums *out;
    size_t *line_stamps; // For which sample a line was taken last, from 1.
};

static void add_to_line(struct memory_sums_line *line, const int64_t *values)
{
    line->faults = profile_sum(line->faults, values[PROFILE_FAULTS]);
    line->resident_bytes = profile_sum(line->resident_bytes, values[PROFILE_RESIDENT]);
    line->allocs = profile_sum(line->allocs, values[PROFILE_ALLOCS]);
    line->alloc_bytes = profile_sum(line->alloc_bytes, values[PROFILE_ALLOC_BYTES]);
    line->freed_bytes = profile_sum(line->freed_bytes, values[PROFILE_FREED_BYTES]);
    line->peak_bytes = profile_sum(line->peak_bytes, values[PROFILE_PEAK_BYTES]);
    line->frees = profile_sum(line->frees, values[PROFILE_FREES]);
    line->temporary = profile_sum(line->temporary, values[PROFILE_TEMPORARY]);
    line->alloc_variance = profile_sum(line->alloc_variance, values[PROFILE_ALLOC_VARIANCE]);
    line->live_variance = profile_sum(line->live_variance, values[PROFILE_LIVE_VARIANCE]);
    if (values[PROFILE_RSS] > line->rss_bytes)
        line->rss_bytes = values[PROFILE_RSS];
}

static void add_sample(const struct walk *walk, const struct profile_stack *stack,
                       const int64_t *values, size_t stamp)
{
    const struct frames *frames = walk->frames;
    uint32_t owner = frames->frames[frames->starts[stack->locations[0] - 1]].function;
    bool owned = false;

    for (size_t i = 0; i < stack->n; i++) {
        uint32_t location = stack->locations[i];
        for (size_t j = frames->starts[location - 1]; j < frames->starts[location]; j++) {
            const struct frame *frame = &frames->frames[j];
            if (walk->line_stamps[frame->line] != stamp)
                add_to_line(&walk->out->lines[frame->line], values);
            walk->line_stamps[frame->line] = stamp;
            if (!owned && walk->in_project[frame->function]) {
                owner = frame->function;
                owned = true;
            }
        }
    }
    struct memory_sums_function *own = &walk->out->functions[owner];
    own->own_resident_bytes = profile_sum(own->own_resident_bytes, values[PROFILE_RESIDENT]);
    own->own_alloc_bytes = profile_sum(own->own_alloc_bytes, values[PROFILE_ALLOC_BYTES]);
    add_to_line(&walk->out->total, values);
}

struct memory_sums *memory_sums_create(const struct profile *profile, const struct frames *frames,
                                       const bool *in_project)
{
    struct memory_sums *sums = mem_alloc(sizeof *sums);
    CLEANUP(cleanup_free)
    size_t *stamps = mem_alloc_array(frames->n_lines + 1, sizeof *stamps);
    struct walk walk = {frames, in_project, sums, stamps};

    sums->lines = mem_alloc_array(frames->n_lines + 1, sizeof *sums->lines);
    sums->functions = mem_alloc_array(frames->n_functions + 1, sizeof *sums->functions);
    for (size_t i = 0; i < profile->n_samples; i++) {
        const struct profile_sample *sample = &profile->samples[i];
        if (!sample->values[PROFILE_FAULTS] && !sample->values[PROFILE_ALLOCS])
            continue;
        sums->measured = true;
        sums->has_heap |= sample->values[PROFILE_ALLOCS] > 0;
        add_sample(&walk, &profile->stacks[sample->stack - 1], sample->values, i + 1);
    }
    return sums;
}

void memory_sums_destroy(struct memory_sums *sums)
{
    if (!sums)
        return;
    free(sums->lines);
    free(sums->functions);
    free(sums);
}
