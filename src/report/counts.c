#include "report/counts.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"

static void add_line(struct counts *counts, const struct frame *frame,
                     const struct profile_location *location, const int64_t *values)
{
    struct counts_line *line = &counts->lines[frame->line];

    line->counted = true;
    line->hits = profile_sum(line->hits, values[PROFILE_HITS]);
    line->instructions = profile_sum(line->instructions, values[PROFILE_INSTRUCTIONS]);
    line->branches = profile_sum(line->branches, values[PROFILE_BRANCHES]);
    line->taken = profile_sum(line->taken, values[PROFILE_TAKEN]);
    profile_add_remarks(&line->remarks, &location->remarks);
    counts->functions[frame->function].counted = true;
    counts->functions[frame->function].ran |= values[PROFILE_INSTRUCTIONS] > 0;
}

static void add_times(struct counts_function *function, const int64_t *values)
{
    int64_t least = values[PROFILE_CALL_LEAST];
    int64_t most = values[PROFILE_CALL_MOST];

    function->call_ns = profile_sum(function->call_ns, values[PROFILE_CALL_TIME]);
    if (least && (!function->call_least || least < function->call_least))
        function->call_least = least;
    if (most > function->call_most)
        function->call_most = most;
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
    add_times(function, values);
    if (!caller || !values[PROFILE_CALLS])
        return;
    counts->functions[caller->function].is_caller = true;
    struct pair_sum *pair = pair_sums_get(&counts->calls, frame->function, caller->function);
    pair->sum = profile_sum(pair->sum, values[PROFILE_CALLS]);
}

// A line that stands on the stack several times counts once, as it does for samples.
static void add_called(struct counts *counts, const struct frames *frames,
                       const struct profile_stack *stack, int64_t time_ns)
{
    size_t n = 0;

    for (size_t i = 0; i < stack->n; i++) {
        uint32_t location = stack->locations[i];
        n += frames->starts[location] - frames->starts[location - 1];
    }
    CLEANUP(cleanup_free) uint32_t *seen = mem_alloc_array(n + 1, sizeof *seen);
    n = 0;
    for (size_t i = 0; i < stack->n; i++) {
        uint32_t location = stack->locations[i];
        for (size_t j = frames->starts[location - 1]; j < frames->starts[location]; j++) {
            uint32_t line = frames->frames[j].line;
            size_t k = 0;
            while (k < n && seen[k] != line)
                k++;
            if (k < n)
                continue;
            seen[n++] = line;
            counts->lines[line].called_ns = profile_sum(counts->lines[line].called_ns, time_ns);
        }
    }
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
        const struct profile_location *leaf = &profile->locations[stack->locations[0] - 1];
        const struct frame *frame = innermost(frames, stack->locations[0]);
        if (sample->values[PROFILE_CALLED])
            add_called(counts, frames, stack, sample->values[PROFILE_CALLED]);
        if (leaf->kind == PROFILE_ADDRESS_LINE)
            add_line(counts, frame, leaf, sample->values);
        else if (leaf->kind == PROFILE_ADDRESS_ENTRY)
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
