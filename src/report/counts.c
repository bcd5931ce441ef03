#include "report/counts.h"

#include <stdlib.h>

#include "base/mem.h"

static void add_line(struct counts *counts, const struct frame *frame, const int64_t *values)
{
    struct counts_line *line = &counts->lines[frame->line];

    line->counted = true;
    line->hits = profile_sum(line->hits, values[PROFILE_HITS]);
    line->instructions = profile_sum(line->instructions, values[PROFILE_INSTRUCTIONS]);
    counts->functions[frame->function].counted = true;
    counts->functions[frame->function].ran |= values[PROFILE_INSTRUCTIONS] > 0;
}

static void add_calls(struct counts *counts, const struct frame *frame, const struct frame *caller,
                      const int64_t *values)
{
    struct counts_function *function = &counts->functions[frame->function];

    function->counted = true;
    function->has_calls = true;
    function->ran |= values[PROFILE_CALLS] > 0;
    function->calls = profile_sum(function->calls, values[PROFILE_CALLS]);
    function->primitive = profile_sum(function->primitive, values[PROFILE_PRIMITIVE]);
    if (!caller || !values[PROFILE_CALLS])
        return;
    counts->functions[caller->function].is_caller = true;
    struct pair_sum *pair = pair_sums_get(&counts->calls, frame->function, caller->function);
    pair->sum = profile_sum(pair->sum, values[PROFILE_CALLS]);
}

static const struct frame *innermost(const struct frames *frames, uint32_t location)
{
    return &frames->frames[frames->starts[location - 1]];
}

struct counts *counts_create(const struct profile *profile, const struct frames *frames)
{
    struct counts *counts = mem_alloc(sizeof *counts);

    counts->lines = mem_alloc_array(frames->n_lines + 1, sizeof *counts->lines);
    counts->functions = mem_alloc_array(frames->n_functions + 1, sizeof *counts->functions);
    for (size_t i = 0; i < profile->n_samples; i++) {
        const struct profile_sample *sample = &profile->samples[i];
        const struct profile_stack *stack = &profile->stacks[sample->stack - 1];
        enum profile_address_kind kind = profile->locations[stack->locations[0] - 1].kind;
        const struct frame *frame = innermost(frames, stack->locations[0]);
        if (kind == PROFILE_ADDRESS_LINE)
            add_line(counts, frame, sample->values);
        else if (kind == PROFILE_ADDRESS_ENTRY)
            add_calls(counts, frame, stack->n > 1 ? innermost(frames, stack->locations[1]) : NULL,
                      sample->values);
        else
            continue;
        counts->any = true;
    }
    return counts;
}

void counts_destroy(struct counts *counts)
{
    if (!counts)
        return;
    free(counts->lines);
    free(counts->functions);
    pair_sums_deinit(&counts->calls);
    free(counts);
}
