// Samples of one stack are added up first, then each stack is walked once, from its innermost frame
// outwards. A stamp on each function, line and pair says for which stack it was taken last: it is taken
// once per stack, at its innermost place, so recursion adds nothing twice.

#include "report/attribute.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "report/pair_sums.h"

enum part {
    PART_SELF,
    PART_INLINED,
    PART_CALLED,
};

struct weight {
    int64_t samples;
    int64_t time_ns;
};

struct walk {
    const struct frames *frames;
    const bool *in_project;
    struct attribution *out;
    struct pair_sums calls;   // (callee, caller)
    struct pair_sums leaves;  // (callee, caller), of the innermost frame and its caller
    struct pair_sums inlined; // (line, function inlined there)
    struct pair_sums called;  // (line, function called there)
    uint32_t *function_stamps;
    uint32_t *line_stamps;
    uint32_t stamp; // Of the stack being walked, from 1.
    struct weight weight;
};

static void add_to_function(struct walk *walk, uint32_t function)
{
    if (walk->function_stamps[function] == walk->stamp)
        return;
    walk->function_stamps[function] = walk->stamp;
    walk->out->functions[function].total_ns += walk->weight.time_ns;
}

// `inner` is what is inlined or called at the line.
static void add_to_line(struct walk *walk, uint32_t line, enum part part, uint32_t inner)
{
    if (walk->line_stamps[line] == walk->stamp)
        return;
    walk->line_stamps[line] = walk->stamp;
    struct attribute_line *sums = &walk->out->lines[line];
    int64_t time_ns = walk->weight.time_ns;
    sums->samples += walk->weight.samples;
    switch (part) {
    case PART_SELF:
        sums->self_ns += time_ns;
        break;
    case PART_INLINED:
        sums->inlined_ns += time_ns;
        pair_sums_get(&walk->inlined, line, inner)->sum += time_ns;
        break;
    case PART_CALLED:
        sums->called_ns += time_ns;
        pair_sums_get(&walk->called, line, inner)->sum += time_ns;
        break;
    }
}

static void add_call(struct walk *walk, uint32_t callee, uint32_t caller)
{
    struct pair_sum *call = pair_sums_get(&walk->calls, callee, caller);

    if (call->stamp == walk->stamp)
        return;
    call->stamp = walk->stamp;
    call->sum += walk->weight.time_ns;
}

static void add_owner(struct walk *walk, const struct frame *frame)
{
    walk->out->functions[frame->function].own_ns += walk->weight.time_ns;
    walk->out->functions[frame->function].own_samples += walk->weight.samples;
    walk->out->lines[frame->line].own_ns += walk->weight.time_ns;
}

static void walk_stack(struct walk *walk, const struct profile_stack *stack)
{
    const size_t *starts = walk->frames->starts;
    const struct frame *innermost = &walk->frames->frames[starts[stack->locations[0] - 1]];
    uint32_t previous = ATTRIBUTE_NONE;
    const struct frame *owner = NULL;
    size_t frame_number = 0;

    walk->out->functions[innermost->function].self_ns += walk->weight.time_ns;
    for (size_t i = 0; i < stack->n; i++) {
        uint32_t location = stack->locations[i] - 1;
        // Of an inlined chain the function in which the time is says most; of a call, the called one.
        uint32_t inner = i ? previous : innermost->function;
        for (size_t j = starts[location]; j < starts[location + 1]; j++) {
            const struct frame *frame = &walk->frames->frames[j];
            bool first = frame == innermost && i == 0;
            enum part part = i ? PART_CALLED : first ? PART_SELF : PART_INLINED;
            add_to_function(walk, frame->function);
            add_to_line(walk, frame->line, part, inner);
            if (!first)
                add_call(walk, previous, frame->function);
            if (frame_number == 1)
                pair_sums_get(&walk->leaves, previous, frame->function)->sum +=
                    walk->weight.time_ns;
            frame_number++;
            if (!owner && walk->in_project[frame->function])
                owner = frame;
            previous = frame->function;
        }
    }
    add_owner(walk, owner ? owner : innermost);
}

// The design effect of clustering in time, as it was found while recording.
static double clustering(const struct profile *profile, int64_t samples)
{
    int64_t clustered = profile->meta.clustered_samples;

    return clustered > samples && samples ? (double)clustered / (double)samples : 1;
}

// What the samples of each stack (id - 1) add up to. Free it.
static struct weight *add_up(const struct profile *profile, struct attribution *out)
{
    struct weight *weights = mem_alloc_array(profile->n_stacks + 1, sizeof *weights);
    double squares = 0;

    for (size_t i = 0; i < profile->n_samples; i++) {
        const struct profile_sample *sample = &profile->samples[i];
        struct weight *weight = &weights[sample->stack - 1];
        int64_t n = sample->values[PROFILE_SAMPLES];
        int64_t time_ns = sample->values[PROFILE_CPU];
        weight->samples += n;
        weight->time_ns += time_ns;
        out->samples += n;
        out->total_ns += time_ns;
        if (n)
            squares += (double)time_ns * (double)time_ns / (double)n;
    }
    double total = (double)out->total_ns;
    // Kish's: n times the sum of squared weights, by the square of their sum.
    out->design_effect = total > 0 ? squares * (double)out->samples / (total * total) : 1;
    out->design_effect *= clustering(profile, out->samples);
    return weights;
}

// Give each line the pair that costs most; equal ones are told apart by name, not by order.
static void set_largest(struct walk *walk, const struct pair_sums *pairs, bool inlined)
{
    for (size_t i = 0; i < pairs->n_slots; i++) {
        const struct pair_sum *pair = &pairs->slots[i];
        if (!pair->used)
            continue;
        struct attribute_line *line = &walk->out->lines[pair->first];
        const struct frames_function *functions = walk->frames->functions;
        bool larger = line->largest == ATTRIBUTE_NONE || pair->sum > line->largest_ns;
        if (!larger && pair->sum == line->largest_ns)
            larger = strcmp(functions[pair->second].name, functions[line->largest].name) < 0;
        if (!larger)
            continue;
        line->largest = pair->second;
        line->largest_ns = pair->sum;
        line->largest_inlined = inlined;
    }
}

static void copy_calls(struct attribution *out, const struct pair_sums *calls,
                       struct pair_sums *leaves)
{
    out->calls = mem_alloc_array(calls->n + 1, sizeof *out->calls);
    for (size_t i = 0; i < calls->n_slots; i++) {
        const struct pair_sum *call = &calls->slots[i];
        if (call->used)
            out->calls[out->n_calls++] = (struct attribute_call){
                .callee = call->first,
                .caller = call->second,
                .time_ns = call->sum,
                .self_ns = pair_sums_get(leaves, call->first, call->second)->sum,
            };
    }
}

static void walk_all(struct walk *walk, const struct profile *profile)
{
    CLEANUP(cleanup_free) struct weight *weights = add_up(profile, walk->out);

    for (size_t i = 0; i < profile->n_stacks; i++) {
        walk->weight = weights[i];
        if (!walk->weight.samples && !walk->weight.time_ns)
            continue;
        walk->stamp = (uint32_t)i + 1;
        walk_stack(walk, &profile->stacks[i]);
        if (profile->stacks[i].n > 1)
            walk->out->has_stacks = true;
    }
    set_largest(walk, &walk->inlined, true);
    set_largest(walk, &walk->called, false);
    copy_calls(walk->out, &walk->calls, &walk->leaves);
}

struct attribution *attribution_create(const struct profile *profile, const struct frames *frames,
                                       const bool *in_project)
{
    struct attribution *out = mem_alloc(sizeof *out);
    struct walk walk = {.frames = frames, .in_project = in_project, .out = out};

    out->functions = mem_alloc_array(frames->n_functions + 1, sizeof *out->functions);
    out->lines = mem_alloc_array(frames->n_lines + 1, sizeof *out->lines);
    for (size_t i = 0; i < frames->n_lines; i++)
        out->lines[i].largest = ATTRIBUTE_NONE;
    walk.function_stamps = mem_alloc_array(frames->n_functions + 1, sizeof *walk.function_stamps);
    walk.line_stamps = mem_alloc_array(frames->n_lines + 1, sizeof *walk.line_stamps);
    walk_all(&walk, profile);
    free(walk.function_stamps);
    free(walk.line_stamps);
    pair_sums_deinit(&walk.calls);
    pair_sums_deinit(&walk.leaves);
    pair_sums_deinit(&walk.inlined);
    pair_sums_deinit(&walk.called);
    return out;
}

void attribution_destroy(struct attribution *attribution)
{
    if (!attribution)
        return;
    free(attribution->functions);
    free(attribution->lines);
    free(attribution->calls);
    free(attribution);
}
