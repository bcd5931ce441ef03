#include "report/report.h"

#include <string.h>

#include "profile/builder.h"
#include "support/hand_profile.h"
#include "support/test.h"

static const struct report_options no_options;

static const struct report_function *find(const struct report *report, const char *name)
{
    for (size_t i = 0; i < report->n_functions; i++)
        if (strcmp(report->functions[i].name, name) == 0)
            return &report->functions[i];
    cr_assert(false, "no function %s", name);
    return NULL;
}

static const struct report_line *find_line(const struct report *report, const char *name,
                                           uint32_t line)
{
    const struct report_function *function = find(report, name);

    for (size_t i = 0; i < function->n_lines; i++)
        if (function->lines[i].line == line)
            return &function->lines[i];
    cr_assert(false, "no line %u in %s", line, name);
    return NULL;
}

static bool has_note(const struct report *report, const char *code)
{
    for (size_t i = 0; i < report->n_notes; i++)
        if (strcmp(report->notes[i].code, code) == 0)
            return true;
    return false;
}

static void expect_line(const struct report *report, const char *name, uint32_t line, int64_t self,
                        int64_t inlined, int64_t called)
{
    const struct report_line *found = find_line(report, name, line);

    cr_expect(found->self_ns == self, "%s:%u self %ld", name, line, (long)found->self_ns);
    cr_expect(found->inlined_ns == inlined, "%s:%u inlined %ld", name, line,
              (long)found->inlined_ns);
    cr_expect(found->called_ns == called, "%s:%u called %ld", name, line, (long)found->called_ns);
    cr_expect(found->time_ns == self + inlined + (called == REPORT_NULL ? 0 : called));
}

LP_TEST(report, without_stacks_nothing_called_is_known)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "hot:7", 3, 3000);
    hand_profile_add(profile, "find:99@/usr/include/map.h(90) < hot:8", 1, 1000);
    struct report *report = report_create(profile, &no_options);

    cr_expect(!report->has_stacks && has_note(report, "no-stacks"));
    cr_expect(report->sampled_ns == 4000 && report->samples == 4);
    const struct report_function *hot = find(report, "hot");
    cr_expect(hot->own_ns == 4000 && hot->own_samples == 4);
    cr_expect(hot->tottime_ns == 3000 && hot->total_ns == 4000);
    cr_expect(hot->cumtime_ns == REPORT_NULL && hot->n_callers == 0);
    cr_expect(hot->mine && hot->listed);
    cr_expect(hot->ncalls == REPORT_NULL && hot->pcalls == REPORT_NULL);
    cr_expect_str_eq(hot->file, "/app/prog.c");
    cr_expect_str_eq(hot->module, "prog");
    expect_line(report, "hot", 7, 3000, 0, REPORT_NULL);
    expect_line(report, "hot", 8, 0, 1000, REPORT_NULL);
    const struct report_line *line = find_line(report, "hot", 8);
    cr_expect_str_eq(line->largest.function->name, "find");
    cr_expect(line->largest.time_ns == 1000 && line->largest.inlined);
    cr_expect(line->ci_ns == REPORT_NULL && line->hits == REPORT_NULL);
    const struct report_function *inlined = find(report, "find");
    cr_expect(!inlined->mine && !inlined->listed);
    cr_expect(inlined->own_ns == 0 && inlined->tottime_ns == 1000);
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, recursion_counts_a_line_and_a_function_once)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "f:3 ; f:5 ; f:5 ; f:3 ; main:9", 10, 1000);
    struct report *report = report_create(profile, &no_options);

    cr_expect(report->has_stacks && !has_note(report, "no-stacks"));
    expect_line(report, "f", 3, 1000, 0, 0);
    expect_line(report, "f", 5, 0, 0, 1000);
    expect_line(report, "main", 9, 0, 0, 1000);
    const struct report_function *f = find(report, "f");
    cr_expect(f->cumtime_ns == 1000 && f->tottime_ns == 1000 && f->own_ns == 1000);
    cr_expect(find(report, "main")->own_ns == 0 && find(report, "main")->cumtime_ns == 1000);
    cr_assert(f->n_callers == 2);
    cr_expect(f->callers[0].time_ns == 1000 && f->callers[1].time_ns == 1000);
    cr_expect(f->callers[0].ncalls == REPORT_NULL);
    cr_expect(find(report, "main")->n_callers == 0);
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, mutual_recursion_takes_the_innermost_place)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "even:2 ; odd:4 ; even:3 ; odd:4 ; main:9", 1, 100);
    hand_profile_add(profile, "odd:4 ; even:3 ; main:9", 1, 10);
    struct report *report = report_create(profile, &no_options);

    expect_line(report, "even", 2, 100, 0, 0);
    expect_line(report, "even", 3, 0, 0, 110);
    expect_line(report, "odd", 4, 10, 0, 100);
    cr_expect(find(report, "even")->cumtime_ns == 110);
    cr_expect(find(report, "odd")->cumtime_ns == 110);
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, inlining_three_deep_is_inlined_at_each_line_around)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "a:1 < b:2 < c:3 < d:4 ; e:5 < main:6", 2, 200);
    struct report *report = report_create(profile, &no_options);

    expect_line(report, "a", 1, 200, 0, 0);
    expect_line(report, "b", 2, 0, 200, 0);
    expect_line(report, "c", 3, 0, 200, 0);
    expect_line(report, "d", 4, 0, 200, 0);
    expect_line(report, "e", 5, 0, 0, 200);
    expect_line(report, "main", 6, 0, 0, 200);
    cr_expect_str_eq(find_line(report, "d", 4)->largest.function->name, "a");
    cr_expect(find_line(report, "d", 4)->largest.inlined);
    cr_expect_str_eq(find_line(report, "main", 6)->largest.function->name, "d");
    cr_expect(!find_line(report, "main", 6)->largest.inlined);
    cr_assert(find(report, "d")->n_callers == 1);
    cr_expect_str_eq(find(report, "d")->callers[0].function->name, "e");
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, the_same_line_is_self_in_one_sample_and_called_in_another)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "f:3", 1, 1);
    hand_profile_add(profile, "f:3 < f:3 ; main:9", 1, 10);
    hand_profile_add(profile, "g:8 < f:3 ; f:3 ; main:9", 1, 100);
    hand_profile_add(profile, "h:7 ; f:3 ; main:9", 1, 1000);
    struct report *report = report_create(profile, &no_options);

    expect_line(report, "f", 3, 11, 100, 1000);
    cr_expect(find(report, "f")->cumtime_ns == 1111);
    cr_expect_str_eq(find_line(report, "f", 3)->largest.function->name, "h");
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, own_time_goes_to_the_innermost_frame_of_the_project)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "/lib/libc.so.6!memcpy ; copy:3 ; main:9", 5, 50);
    hand_profile_add(profile, "/lib/libc.so.6!start", 1, 3);
    hand_profile_add(profile, "? ; main:9", 1, 2);
    hand_profile_add(profile, "?", 1, 1);
    struct report *report = report_create(profile, &no_options);

    cr_expect(find(report, "copy")->own_ns == 50);
    cr_expect(find(report, "main")->own_ns == 2);
    cr_expect(find_line(report, "copy", 3)->own_ns == 50);
    cr_expect(find_line(report, "main", 9)->own_ns == 2);
    cr_expect(find(report, "memcpy")->own_ns == 0 && find(report, "memcpy")->tottime_ns == 50);
    cr_expect_str_eq(find(report, "memcpy")->module, "libc.so.6");
    cr_expect(find(report, "memcpy")->file == NULL);
    cr_expect(find(report, "start")->own_ns == 3);
    const struct report_function *unknown = find(report, "[unknown]");
    cr_expect(unknown->own_ns == 1 && unknown->tottime_ns == 3);
    cr_expect_str_eq(unknown->module, "");
    cr_expect(!unknown->listed && !find(report, "memcpy")->listed);
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, without_rollup_the_innermost_frame_owns_and_is_listed)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "find:99@/usr/include/map.h(90) < hot:8", 1, 1000);
    struct report_options options = {.no_rollup = true};
    struct report *report = report_create(profile, &options);

    cr_expect(find(report, "find")->own_ns == 1000 && find(report, "find")->listed);
    cr_expect(!find(report, "find")->mine);
    cr_expect(find(report, "hot")->own_ns == 0);
    report_destroy(report);

    const char *const globs[] = {"map.h"};
    options = (struct report_options){.expand = globs, .n_expand = 1};
    report = report_create(profile, &options);
    cr_expect(find(report, "find")->own_ns == 0 && find(report, "find")->listed);
    cr_expect(find(report, "hot")->own_ns == 1000 && find(report, "hot")->listed);
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, copies_of_a_symbol_are_one_function)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "fold.isra.0", 1, 1);
    hand_profile_add(profile, "fold.isra.0.cold", 1, 10);
    hand_profile_add(profile, "fold", 1, 100);
    hand_profile_add(profile, "fold.part.3.constprop.12", 1, 1000);
    hand_profile_add(profile, "fold.island", 1, 5);
    hand_profile_add(profile, "/lib/other.so!fold", 1, 7);
    struct report *report = report_create(profile, &no_options);

    cr_expect(report->n_functions == 3);
    cr_expect(report->functions[0].own_ns == 1111);
    cr_expect_str_eq(report->functions[0].name, "fold");
    cr_expect_str_eq(report->functions[1].module, "other.so");
    cr_expect_str_eq(report->functions[2].name, "fold.island");
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, a_symbol_with_lines_is_of_their_file)
{
    struct profile *profile = hand_profile_create();
    const char *const files[] = {"/app/fast.S", "/app/fast.S", "/app/a.S", "/app/b.S"};
    uint32_t mapping =
        builder_mapping(profile, &(struct profile_mapping){.path = "/app/prog", .build_id = ""});
    for (size_t i = 0; i < 4; i++) {
        const char *name = i < 2 ? "fast" : "mixed";
        uint32_t function = builder_function(
            profile, &(struct profile_function){.name = name, .linkage_name = name});
        uint32_t location = builder_location(profile, mapping, i, PROFILE_ADDRESS_EXACT);
        const struct profile_line line = {.function = function,
                                          .file = profile_string(profile, files[i]),
                                          .line = 7 + (uint32_t)i};
        const int64_t values[PROFILE_VALUES] = {1, 10};
        builder_set_lines(profile, location, &line, 1);
        builder_sample(profile, builder_stack(profile, &location, 1), 0, values);
    }
    struct report *report = report_create(profile, &no_options);

    const struct report_function *fast = find(report, "fast");
    cr_expect_str_eq(fast->file, "/app/fast.S");
    cr_expect(fast->line == 0 && fast->n_lines == 2 && fast->mine && fast->listed);
    cr_expect(fast->lines[0].file == NULL && fast->lines[0].line == 7);
    const struct report_function *mixed = find(report, "mixed");
    cr_expect(!mixed->file && !mixed->listed && mixed->n_lines == 2);
    cr_expect_str_eq(mixed->lines[0].file, "/app/a.S");
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, modules_with_one_build_id_are_one)
{
    struct profile *profile = hand_profile_create();
    const char *paths[] = {"/app/prog", "/copy/prog"};
    for (size_t i = 0; i < 2; i++) {
        uint32_t mapping = builder_mapping(
            profile, &(struct profile_mapping){.path = paths[i], .build_id = "abcd"});
        uint32_t location = builder_location(profile, mapping, 16 + i, PROFILE_ADDRESS_EXACT);
        const int64_t values[PROFILE_VALUES] = {1, 10};
        builder_sample(profile, builder_stack(profile, &location, 1), 0, values);
    }
    struct report *report = report_create(profile, &no_options);

    cr_assert(report->n_functions == 1);
    cr_expect_str_eq(report->functions[0].name, "[prog]");
    cr_expect(report->functions[0].tottime_ns == 20);
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, lines_of_another_file_keep_it_and_stand_behind)
{
    struct profile *profile = hand_profile_create();
    uint32_t mapping =
        builder_mapping(profile, &(struct profile_mapping){.path = "/app/prog", .build_id = ""});
    uint32_t function = builder_function(
        profile, &(struct profile_function){
                     .name = "f", .linkage_name = "f", .file = "/app/f.c", .line = 10});
    const struct profile_line lines[] = {
        {.function = function, .file = profile_string(profile, "/app/body.inc"), .line = 3},
        {.function = function, .file = profile_string(profile, "/app/f.c"), .line = 12},
        {.function = function}};
    for (size_t i = 0; i < 3; i++) {
        uint32_t location = builder_location(profile, mapping, i, PROFILE_ADDRESS_EXACT);
        const int64_t values[PROFILE_VALUES] = {1, 10};
        builder_set_lines(profile, location, &lines[i], 1);
        builder_sample(profile, builder_stack(profile, &location, 1), 0, values);
    }
    struct report *report = report_create(profile, &no_options);

    cr_assert(report->n_functions == 1 && report->functions[0].n_lines == 3);
    const struct report_line *found = report->functions[0].lines;
    cr_expect(found[0].file == NULL && found[0].line == 0);
    cr_expect(found[1].file == NULL && found[1].line == 12);
    cr_expect(found[2].line == 3);
    cr_expect_str_eq(found[2].file, "/app/body.inc");
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, of_an_empty_profile_is_empty)
{
    struct profile *profile = hand_profile_create();
    struct report *report = report_create(profile, &no_options);

    cr_expect(report->n_functions == 0 && report->n_kept == 0 && report->n_notes == 0);
    cr_expect(report->sampled_ns == 0 && !report->has_stacks);
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, paths_are_mapped_before_the_project_is_looked_for)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "f:3@/usr/build/src/a.c", 1, 10);
    hand_profile_add(profile, "g:3@/usr/build/lib/a.c", 1, 1);
    const struct source_path_map map = {"/usr/build", "/nowhere/app"};
    struct report_options options = {.source = {.maps = &map, .n_maps = 1}};
    struct report *report = report_create(profile, &options);

    cr_expect_str_eq(project_root(report->project), "/nowhere/app");
    cr_expect_str_eq(find(report, "f")->file, "/nowhere/app/src/a.c");
    cr_expect(find(report, "f")->mine);
    report_destroy(report);

    options.strip_dirs = true;
    report = report_create(profile, &options);
    cr_expect_str_eq(find(report, "f")->file, "a.c");
    cr_expect(find(report, "f")->mine);
    cr_expect_str_eq(sources_get(report->sources, "a.c")->path, "/usr/build/src/a.c");
    cr_expect_str_eq(find(report, "g")->file, "/nowhere/app/lib/a.c", "no second a.c");
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, limits_put_the_functions_they_keep_in_front)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "hot:3", 10, 1000);
    hand_profile_add(profile, "warm:3 ; main:9", 10, 100);
    hand_profile_add(profile, "cold:3", 1, 1);
    const struct report_limit limits[] = {{.kind = REPORT_LIMIT_REGEX, .regex = "(warm|cold)"},
                                          {.kind = REPORT_LIMIT_REGEX, .regex = "*(("}};
    struct report_options options = {.limits = limits, .n_limits = 2};
    struct report *report = report_create(profile, &options);

    cr_assert(report->n_functions == 4 && report->n_kept == 2);
    cr_expect_str_eq(report->functions[0].name, "warm");
    cr_expect_str_eq(report->functions[1].name, "cold");
    cr_expect_str_eq(report->functions[2].name, "hot");
    cr_expect(report->functions[0].listed && report->functions[1].listed);
    cr_expect(!report->functions[2].listed && !report->functions[3].listed);
    cr_expect(has_note(report, "bad-regex"));
    // Pointers follow the order.
    cr_assert(report->functions[0].n_callers == 1);
    cr_expect_str_eq(report->functions[0].callers[0].function->name, "main");
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(report, code_of_lprof_is_summed_up)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "/usr/lib/lprof/lprof-agent.so!take_block", 1, 10);
    hand_profile_add(profile, "/usr/lib/lprof/lprof-agent.so!find_exec", 1, 1);
    hand_profile_add(profile, "/usr/lib/lprof/lprof-heap.so!malloc", 1, 100);
    hand_profile_add(profile, "hot:8", 1, 1000);
    struct report *report = report_create(profile, &no_options);
    int64_t own_ns = 0;

    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *function = &report->functions[i];
        bool is_hot = strcmp(function->name, "hot") == 0;
        cr_expect(is_hot || strcmp(function->name, "[lprof]") == 0, "%s", function->name);
        own_ns += is_hot ? 0 : function->tottime_ns;
    }
    cr_expect_eq(own_ns, 111);
    report_destroy(report);
    profile_destroy(profile);
}
