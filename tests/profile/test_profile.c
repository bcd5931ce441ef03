#include "profile/profile.h"

#include "profile/builder.h"
#include "support/test.h"

static const int64_t ONE[PROFILE_VALUES] = {1, 1000};

// One sample of one stack with one location that has one line.
static struct profile *small_profile(void)
{
    struct profile *p = profile_create();
    uint32_t m = builder_mapping(p, &(struct profile_mapping){.path = "/bin/app"});
    uint32_t f = builder_function(p, &(struct profile_function){.name = "f"});
    uint32_t location = builder_location(p, m, 5, PROFILE_ADDRESS_SKID);

    builder_set_lines(p, location, &(struct profile_line){.function = f, .file = "/a", .line = 1},
                      1);
    builder_sample(p, builder_stack(p, &location, 1),
                   builder_task(p, &(struct profile_task){1, 1, "app", "app"}), ONE);
    return p;
}

LP_TEST(profile, an_empty_one_is_sound)
{
    struct profile *p = profile_create();

    cr_expect_null(profile_check(p));
    cr_expect(profile_total(p, PROFILE_CPU) == 0);
    cr_expect_null(profile_string(p, NULL));
    profile_destroy(p);
    profile_destroy(NULL);
}

LP_TEST(profile, check_finds_what_does_not_hold)
{
    struct profile *p = small_profile();

    cr_expect_null(profile_check(p));
    p->samples[0].values[PROFILE_CPU] = -1;
    cr_expect_str_eq(profile_check(p), "a sample's value is negative");
    p->samples[0].task = 2;
    cr_expect_str_eq(profile_check(p), "a sample's task is out of range");
    p->samples[0].stack = 2;
    cr_expect_str_eq(profile_check(p), "a sample's stack is out of range");
    p->stacks[0].locations[0] = 0;
    cr_expect_str_eq(profile_check(p), "a stack's location is out of range");
    p->stacks[0].n = 0;
    cr_expect_str_eq(profile_check(p), "a stack has no location");
    p->locations[0].lines[0].file = NULL;
    cr_expect_str_eq(profile_check(p), "a line has a number and no file");
    p->locations[0].lines[0].function = 2;
    cr_expect_str_eq(profile_check(p), "a line's function is out of range");
    p->locations[0].mapping = 2;
    cr_expect_str_eq(profile_check(p), "a location's mapping is out of range");
    profile_destroy(p);
}

LP_TEST(profile, sums_stop_at_the_largest_number)
{
    cr_expect(profile_sum(2, 3) == 5);
    cr_expect(profile_sum(INT64_MAX, 0) == INT64_MAX);
    cr_expect(profile_sum(INT64_MAX - 1, 2) == INT64_MAX);
}

LP_TEST(profile, the_program_is_what_the_command_names)
{
    struct profile *p = profile_create();
    const char *command[] = {"../bin/python3"};
    struct profile_mapping mapping = {.path = "/usr/bin/python3"};

    cr_expect(!profile_is_program(p, &mapping));
    p->meta.command = command;
    p->meta.n_command = 1;
    cr_expect(profile_is_program(p, &mapping));
    mapping.path = "/usr/bin/python3.11";
    cr_expect(profile_is_program(p, &mapping));
    mapping.path = "/usr/bin/python3-config";
    cr_expect(!profile_is_program(p, &mapping));
    mapping.path = "/usr/bin/python";
    cr_expect(!profile_is_program(p, &mapping));
    p->meta.command = NULL;
    profile_destroy(p);
}
