#include "report/program.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "support/hand_profile.h"
#include "support/test.h"

static const struct source_options no_source_options;
static const struct project_options no_project_options;

static const char *mapping_path(const struct profile *profile)
{
    struct frames *frames = frames_create(profile);
    struct sources *sources = sources_create(&no_source_options, 0);
    uint32_t mapping = program_mapping(profile, frames, sources);

    sources_destroy(sources);
    frames_destroy(frames);
    return mapping ? profile->mappings[mapping - 1].path : "none";
}

LP_TEST(program, is_the_module_called_as_the_command)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "/app/lib.so!f:3@/app/lib.c", 100, 100);
    hand_profile_add(profile, "main:3", 1, 1);
    cr_expect_str_eq(mapping_path(profile), "/app/prog");
    profile_destroy(profile);
}

LP_TEST(program, without_sources_gives_way_to_the_module_with_most_samples)
{
    struct profile *profile = hand_profile_create();
    cr_expect_str_eq(mapping_path(profile), "none");
    hand_profile_add(profile, "main", 100, 100);
    hand_profile_add(profile, "/lib/libc.so.6!read:3@/usr/src/read.c", 100, 100);
    cr_expect_str_eq(mapping_path(profile), "none");
    hand_profile_add(profile, "/app/a.so!f:3@/app/a.c", 2, 2);
    hand_profile_add(profile, "/app/b.so!f:3@/app/b.c", 3, 3);
    cr_expect_str_eq(mapping_path(profile), "/app/b.so");
    profile_destroy(profile);
}

LP_TEST(program, a_library_of_the_system_is_not_the_program_of_one_without_debug_info)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "main", 100, 100);
    hand_profile_add(profile, "/lib/libc.so.6!start:3@sysdeps/nptl/start.h", 100, 100);
    cr_expect_str_eq(mapping_path(profile), "none");
    hand_profile_add(profile, "/app/a.so!f:3@src/a.c", 1, 1);
    cr_expect_str_eq(mapping_path(profile), "/app/a.so");
    profile_destroy(profile);
}

LP_TEST(program, relative_paths_of_the_systems_libraries_are_not_mine)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "main:3@src/main.c", 1, 1);
    hand_profile_add(profile, "util:3@lib/util.c", 1, 1);
    hand_profile_add(profile, "/app/plugin.so!plug:3@lib/plugin.c", 1, 1);
    hand_profile_add(profile, "/lib/libc.so.6!malloc:3@malloc/malloc.c", 1, 1);
    struct frames *frames = frames_create(profile);
    struct sources *sources = sources_create(&no_source_options, 0);
    uint32_t mapping = program_mapping(profile, frames, sources);
    struct project *project = program_project(frames, mapping, sources, &no_project_options);
    CLEANUP(cleanup_free)
    bool *mine = program_mine(profile, frames, mapping, sources, project);

    cr_assert(frames->n_functions == 4);
    for (size_t i = 0; i < frames->n_functions; i++)
        cr_expect(mine[i] == (strcmp(frames->functions[i].name, "malloc") != 0), "%s",
                  frames->functions[i].name);
    project_destroy(project);
    sources_destroy(sources);
    frames_destroy(frames);
    profile_destroy(profile);
}

LP_TEST(program, what_lprofs_header_brings_in_is_not_mine)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "main:3@/app/src/main.c", 1, 1);
    hand_profile_add(profile, "lprof_enter_:107@/app/include/lprof/lprof.h(100)", 1, 1);
    hand_profile_add(profile, "own:7@/app/include/app/lprof.h(5)", 1, 1);
    struct frames *frames = frames_create(profile);
    struct sources *sources = sources_create(&no_source_options, 0);
    uint32_t mapping = program_mapping(profile, frames, sources);
    struct project *project = program_project(frames, mapping, sources, &no_project_options);
    CLEANUP(cleanup_free)
    bool *mine = program_mine(profile, frames, mapping, sources, project);

    for (size_t i = 0; i < frames->n_functions; i++)
        cr_expect(mine[i] == (strcmp(frames->functions[i].name, "lprof_enter_") != 0), "%s",
                  frames->functions[i].name);
    project_destroy(project);
    sources_destroy(sources);
    frames_destroy(frames);
    profile_destroy(profile);
}
