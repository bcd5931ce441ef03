#include "profile/builder.h"

#include "support/test.h"

static const struct profile_mapping APP = {.path = "/bin/app",
                                           .build_id = "abcd",
                                           .start = 0x1000,
                                           .limit = 0x3000,
                                           .file_offset = 0x1000};

LP_TEST(builder, a_build_id_is_enough_to_be_the_same_module)
{
    struct profile *p = profile_create();
    struct profile_mapping moved = APP;
    struct profile_mapping other = APP;
    struct profile_mapping unknown = APP;

    moved.path = "/opt/app";
    other.build_id = "ef01";
    unknown.build_id = NULL;
    cr_expect(builder_mapping(p, &APP) == 1);
    cr_expect(builder_mapping(p, &moved) == 1);
    cr_expect(builder_mapping(p, &other) == 2);
    cr_expect(builder_mapping(p, &unknown) == 3);
    cr_expect(builder_mapping(p, &unknown) == 3);
    cr_expect(p->n_mappings == 3);
    cr_expect_str_eq(p->mappings[0].path, "/bin/app");
    cr_expect_str_eq(p->mappings[2].build_id, "");
    cr_expect_null(p->mappings[0].debug_info);
    profile_destroy(p);
}

LP_TEST(builder, file_offsets_and_file_addresses_are_kept_apart)
{
    struct profile *p = profile_create();
    struct profile_mapping fixed = APP;
    struct profile_mapping gone = APP;

    fixed.start = 0x401000;
    fixed.limit = 0x403000;
    cr_expect(builder_mapping(p, &fixed) == 1);
    cr_expect(builder_mapping(p, &gone) == 2);
    profile_destroy(p);
}

LP_TEST(builder, functions_are_told_apart_by_name_file_and_line)
{
    struct profile *p = profile_create();
    struct profile_function f = {
        .name = "f(int)", .linkage_name = "_Z1fi", .file = "/a.cc", .line = 3};

    cr_expect(builder_function(p, &f) == 1);
    cr_expect(builder_function(p, &f) == 1);
    f.line = 4;
    cr_expect(builder_function(p, &f) == 2);
    f.file = NULL;
    cr_expect(builder_function(p, &f) == 3);
    f.linkage_name = NULL;
    cr_expect(builder_function(p, &f) == 4);
    cr_expect_str_eq(p->functions[3].linkage_name, "f(int)");
    cr_expect(p->functions[0].name == p->functions[1].name, "equal names have equal pointers");
    profile_destroy(p);
}

LP_TEST(builder, a_function_once_marked_or_partial_stays_so)
{
    struct profile *p = profile_create();
    struct profile_function f = {.name = "f", .file = "/a.c", .line = 3};

    builder_function(p, &f);
    cr_expect(!p->functions[0].marked && !p->functions[0].partial);
    f.marked = true;
    cr_expect(builder_function(p, &f) == 1, "a mark makes no other function");
    cr_expect(p->functions[0].marked && !p->functions[0].partial);
    f.marked = false;
    f.partial = true;
    cr_expect(builder_function(p, &f) == 1, "nor does what was not counted");
    f.partial = false;
    builder_function(p, &f);
    cr_expect(p->functions[0].marked && p->functions[0].partial);
    profile_destroy(p);
}

LP_TEST(builder, a_location_is_a_module_an_address_and_a_kind)
{
    struct profile *p = profile_create();
    uint32_t m = builder_mapping(p, &APP);

    cr_expect(builder_location(p, m, 0x1500, PROFILE_ADDRESS_SKID) == 1);
    cr_expect(builder_location(p, m, 0x1500, PROFILE_ADDRESS_SKID) == 1);
    cr_expect(builder_location(p, m, 0x1500, PROFILE_ADDRESS_CALL) == 2);
    cr_expect(builder_location(p, 0, 0x1500, PROFILE_ADDRESS_SKID) == 3);
    cr_expect_null(p->locations[0].lines);
    profile_destroy(p);
}

LP_TEST(builder, lines_are_copied_and_replaced)
{
    struct profile *p = profile_create();
    struct profile_function f = {.name = "f"};
    uint32_t location = builder_location(p, 0, 1, PROFILE_ADDRESS_EXACT);
    char file[] = "/a.c";
    struct profile_line lines[2] = {{.function = builder_function(p, &f), .file = file, .line = 7},
                                    {.function = 1, .file = file, .line = 9}};

    builder_set_lines(p, location, lines, 2);
    file[1] = 'b';
    cr_expect(p->locations[0].n_lines == 2);
    cr_expect_str_eq(p->locations[0].lines[1].file, "/a.c");
    cr_expect(p->locations[0].lines[1].line == 9);
    builder_set_lines(p, location, lines, 1);
    cr_expect(p->locations[0].n_lines == 1);
    cr_expect_str_eq(p->locations[0].lines[0].file, "/b.c");
    profile_destroy(p);
}

LP_TEST(builder, samples_of_one_stack_and_task_add_up)
{
    struct profile *p = profile_create();
    uint32_t locations[2] = {builder_location(p, 0, 1, PROFILE_ADDRESS_SKID),
                             builder_location(p, 0, 2, PROFILE_ADDRESS_CALL)};
    uint32_t task = builder_task(p, &(struct profile_task){10, 11, "app", "worker"});
    uint32_t deep = builder_stack(p, locations, 2);
    uint32_t flat = builder_stack(p, locations, 1);
    const int64_t values[PROFILE_VALUES] = {1, 500};

    cr_expect(builder_stack(p, locations, 2) == deep && deep != flat);
    builder_sample(p, deep, task, values);
    builder_sample(p, deep, task, values);
    builder_sample(p, deep, 0, values);
    builder_sample(p, flat, task, values);
    cr_expect(p->n_samples == 3);
    cr_expect(p->samples[0].values[PROFILE_SAMPLES] == 2);
    cr_expect(p->samples[0].values[PROFILE_CPU] == 1000);
    cr_expect(profile_total(p, PROFILE_CPU) == 2000);
    cr_expect_null(profile_check(p));
    profile_destroy(p);
}

LP_TEST(builder, tasks_are_told_apart_by_ids_and_names)
{
    struct profile *p = profile_create();
    struct profile_task task = {10, 11, "app", "worker"};

    cr_expect(builder_task(p, &task) == 1);
    cr_expect(builder_task(p, &task) == 1);
    task.thread = "other";
    cr_expect(builder_task(p, &task) == 2);
    profile_destroy(p);
}

LP_TEST(builder, notes_add_up_and_the_smaller_hint_stays)
{
    struct profile *p = profile_create();

    builder_note(p, "lost-samples", 2, "samples were lost", NULL);
    builder_note(p, "lost-samples", 3, "samples were lost", "lprof -F 500");
    builder_note(p, "lost-samples", 0, "samples were lost", "lprof -F 100");
    builder_note(p, "lost-samples", 1, "other text", NULL);
    cr_expect(p->n_notes == 2);
    cr_expect(p->notes[0].count == 5);
    cr_expect_str_eq(p->notes[0].hint, "lprof -F 100");
    cr_expect_null(p->notes[1].hint);
    profile_destroy(p);
}

LP_TEST(builder, of_longest_and_shortest_calls_one_stays)
{
    struct profile *p = profile_create();
    uint32_t location = builder_location(p, 0, 1, PROFILE_ADDRESS_ENTRY);
    uint32_t stack = builder_stack(p, &location, 1);
    const int64_t calls[][2] = {{50, 0}, {70, 20}, {60, 30}, {0, 0}};

    for (size_t i = 0; i < 4; i++)
        builder_sample(p, stack, 0,
                       (const int64_t[PROFILE_VALUES]){[PROFILE_CALL_TIME] = 100,
                                                       [PROFILE_CALL_MOST] = calls[i][0],
                                                       [PROFILE_CALL_LEAST] = calls[i][1]});
    cr_expect_eq(p->samples[0].values[PROFILE_CALL_TIME], 400);
    cr_expect_eq(p->samples[0].values[PROFILE_CALL_MOST], 70);
    cr_expect_eq(p->samples[0].values[PROFILE_CALL_LEAST], 20, "0 is none");
    profile_destroy(p);
}
