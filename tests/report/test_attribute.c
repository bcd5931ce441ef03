// Properties that hold for every profile, tried on random ones, and the walk against a slow one that
// follows the definition word by word.

#include "report/attribute.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "profile/builder.h"
#include "report/report.h"
#include "support/hand_profile.h"
#include "support/test.h"

enum {
    PROFILES = 60,
    FUNCTIONS = 12,
    LINES = 6,
    LOCATIONS = 40,
    STACKS = 80,
    DEPTH = 12,
    CHAIN = 4,
};

struct random {
    uint64_t state;
};

static uint32_t below(struct random *random, uint32_t limit)
{
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random->state >> 33) % limit;
}

static uint32_t random_function(struct random *random, struct profile *profile)
{
    static const char *const files[] = {"/app/a.c", "/app/b.h", "/usr/include/c.h", NULL};
    uint32_t i = below(random, FUNCTIONS);
    CLEANUP(cleanup_free) char *name = mem_printf("f%u", i);

    return builder_function(profile, &(struct profile_function){.name = name,
                                                                .linkage_name = name,
                                                                .file = files[i % 4],
                                                                .line = i % 4 ? i : 1});
}

static uint32_t random_location(struct random *random, struct profile *profile)
{
    static const char *const modules[] = {"/app/prog", "/lib/libc.so.6", "/app/libx.so"};
    struct profile_line lines[CHAIN];
    uint32_t module = below(random, 4);
    uint32_t mapping =
        module < 3 ? builder_mapping(profile, &(struct profile_mapping){.path = modules[module],
                                                                        .build_id = ""})
                   : 0;
    uint32_t location =
        builder_location(profile, mapping, 1 + below(random, LOCATIONS), PROFILE_ADDRESS_EXACT);
    size_t n = mapping ? below(random, CHAIN + 1) : 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t function = random_function(random, profile);
        const char *file = profile->functions[function - 1].file;
        bool other = below(random, 8) == 0;
        uint32_t line = below(random, LINES);
        lines[i] = (struct profile_line){
            .function = function,
            .file = other ? profile_string(profile, "/app/macro.h") : file,
            .line = file || other ? line : 0,
        };
    }
    if (n)
        builder_set_lines(profile, location, lines, n);
    return location;
}

static struct profile *random_profile(uint64_t seed)
{
    struct random random = {seed};
    struct profile *profile = hand_profile_create();
    uint32_t depth = below(&random, 4) ? DEPTH : 1;

    for (size_t i = 0; i < STACKS; i++) {
        uint32_t locations[DEPTH];
        size_t n = 1 + below(&random, depth);
        for (size_t j = 0; j < n; j++)
            locations[j] = random_location(&random, profile);
        const int64_t values[PROFILE_VALUES] = {below(&random, 5), below(&random, 1000)};
        builder_sample(profile, builder_stack(profile, locations, n), 0, values);
    }
    cr_assert(!profile_check(profile), "%s", profile_check(profile));
    return profile;
}

static void check_line(const struct report *report, const struct report_function *function,
                       const struct report_line *line)
{
    int64_t called = line->called_ns == REPORT_NULL ? 0 : line->called_ns;

    cr_expect(line->self_ns + line->inlined_ns + called == line->time_ns);
    cr_expect(line->time_ns <= function->total_ns, "a line is over 100 %%");
    cr_expect((line->called_ns == REPORT_NULL) == !report->has_stacks);
    int64_t inside = line->largest.inlined ? line->inlined_ns : called;
    cr_expect(line->largest.time_ns <= inside);
    cr_expect(line->largest.function || line->time_ns == line->self_ns);
}

static void check_report(const struct profile *profile, bool no_rollup)
{
    const struct report_options options = {.no_rollup = no_rollup};
    struct report *report = report_create(profile, &options);
    int64_t self = 0;
    int64_t own = 0;
    int64_t own_samples = 0;

    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *function = &report->functions[i];
        int64_t self_here = 0;
        for (size_t j = 0; j < function->n_lines; j++) {
            self_here += function->lines[j].self_ns;
            check_line(report, function, &function->lines[j]);
        }
        cr_expect(self_here == function->tottime_ns);
        cr_expect(function->total_ns <= report->sampled_ns);
        cr_expect(function->own_ns <= function->total_ns);
        for (size_t j = 0; j < function->n_callers; j++)
            cr_expect(function->callers[j].time_ns <= function->total_ns);
        self += self_here;
        own += function->own_ns;
        own_samples += function->own_samples;
    }
    cr_expect(report->sampled_ns == profile_total(profile, PROFILE_CPU));
    cr_expect(report->samples == profile_total(profile, PROFILE_SAMPLES));
    cr_expect(self == report->sampled_ns);
    cr_expect(own == report->sampled_ns);
    cr_expect(own_samples == report->samples);
    report_destroy(report);
}

LP_TEST(attribute, sums_hold_for_every_profile)
{
    for (uint64_t seed = 1; seed <= PROFILES; seed++) {
        struct profile *profile = random_profile(seed);
        check_report(profile, false);
        check_report(profile, true);
        profile_destroy(profile);
    }
}

// What a line gets by the definition: its innermost occurrence on each stack decides.
static struct attribute_line expected_line(const struct profile *profile,
                                           const struct frames *frames, uint32_t line)
{
    struct attribute_line sums = {0};

    for (size_t i = 0; i < profile->n_samples; i++) {
        const struct profile_sample *sample = &profile->samples[i];
        const struct profile_stack *stack = &profile->stacks[sample->stack - 1];
        int64_t time_ns = sample->values[PROFILE_CPU];
        bool found = false;
        for (size_t j = 0; j < stack->n && !found; j++) {
            size_t start = frames->starts[stack->locations[j] - 1];
            for (size_t k = start; k < frames->starts[stack->locations[j]] && !found; k++) {
                found = frames->frames[k].line == line;
                if (!found)
                    continue;
                sums.samples += sample->values[PROFILE_SAMPLES];
                sums.self_ns += j == 0 && k == start ? time_ns : 0;
                sums.inlined_ns += j == 0 && k > start ? time_ns : 0;
                sums.called_ns += j > 0 ? time_ns : 0;
            }
        }
    }
    return sums;
}

LP_TEST(attribute, agrees_with_the_definition)
{
    for (uint64_t seed = 1; seed <= PROFILES; seed++) {
        struct profile *profile = random_profile(seed);
        struct frames *frames = frames_create(profile);
        CLEANUP(cleanup_free) bool *nobody = mem_alloc_array(frames->n_functions + 1, sizeof(bool));
        struct attribution *found = attribution_create(profile, frames, nobody);
        for (uint32_t line = 0; line < frames->n_lines; line++) {
            struct attribute_line expected = expected_line(profile, frames, line);
            cr_expect(found->lines[line].samples == expected.samples);
            cr_expect(found->lines[line].self_ns == expected.self_ns);
            cr_expect(found->lines[line].inlined_ns == expected.inlined_ns);
            cr_expect(found->lines[line].called_ns == expected.called_ns);
        }
        for (size_t i = 0; i < frames->n_functions; i++)
            cr_expect(found->functions[i].own_ns == found->functions[i].self_ns);
        attribution_destroy(found);
        frames_destroy(frames);
        profile_destroy(profile);
    }
}

LP_TEST(attribute, design_effect_is_that_of_the_weights)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "f:1", 100, 100);
    hand_profile_add(profile, "f:2", 100, 100);
    struct frames *frames = frames_create(profile);
    const bool mine[] = {true};
    struct attribution *found = attribution_create(profile, frames, mine);
    cr_expect(fabs(found->design_effect - 1) < 1e-12, "equal weights");
    attribution_destroy(found);
    frames_destroy(frames);

    hand_profile_add(profile, "f:3", 100, 400);
    frames = frames_create(profile);
    found = attribution_create(profile, frames, mine);
    // 300 * (100 + 100 + 1600) / 600^2
    cr_expect(fabs(found->design_effect - 1.5) < 1e-12, "%g", found->design_effect);
    attribution_destroy(found);
    frames_destroy(frames);
    profile_destroy(profile);
}
