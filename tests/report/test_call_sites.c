#include "report/call_sites.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "support/hand_profile.h"
#include "support/test.h"

// Functions with a name that begins with "my" are the project's.
static struct call_site *sites_of(const struct profile *profile, const struct frames *frames,
                                  size_t *n_ret)
{
    CLEANUP(cleanup_free) bool *mine = mem_alloc_array(frames->n_functions + 1, sizeof *mine);

    for (size_t i = 0; i < frames->n_functions; i++)
        mine[i] = strncmp(frames->functions[i].name, "my", 2) == 0;
    return call_sites_create(profile, frames, mine, n_ret);
}

// What the n-th site is, from 0: "function line".
static void expect_site(const struct frames *frames, const struct call_site *site,
                        const char *function, uint32_t line, int64_t time_ns)
{
    cr_expect_str_eq(frames->functions[site->function].name, function);
    cr_expect(frames->lines[site->line].line == line, "%u", frames->lines[site->line].line);
    cr_expect(site->time_ns == time_ns, "%ld", (long)site->time_ns);
}

LP_TEST(call_sites, are_the_next_lines_of_the_project)
{
    struct profile *p = hand_profile_create();
    size_t n;

    hand_profile_add(p, "find:3 < hash:9 < my_count:24 ; my_main:5", 6, 60);
    hand_profile_add(p, "find:4 < my_other:40 ; my_main:6", 3, 30);
    hand_profile_add(p, "my_other:41 ; my_main:6", 1, 10);
    struct frames *frames = frames_create(p);
    struct call_site *sites = sites_of(p, frames, &n);
    cr_assert(n == 3, "%zu", n);
    expect_site(frames, &sites[0], "find", 24, 60);
    expect_site(frames, &sites[1], "find", 40, 30);
    expect_site(frames, &sites[2], "hash", 24, 60);
    free(sites);
    frames_destroy(frames);
    profile_destroy(p);
}

// sort() calls back into the project, which calls find(): each is used by the frame next further out.
LP_TEST(call_sites, count_once_in_a_sample)
{
    struct profile *p = hand_profile_create();
    size_t n;

    hand_profile_add(p, "find:3 ; find:3 ; my_less:8 ; sort:5 ; find:3 ; my_main:5", 1, 10);
    struct frames *frames = frames_create(p);
    struct call_site *sites = sites_of(p, frames, &n);
    cr_assert(n == 2, "%zu", n);
    expect_site(frames, &sites[0], "find", 8, 10);
    expect_site(frames, &sites[1], "sort", 5, 10);
    free(sites);
    frames_destroy(frames);
    profile_destroy(p);
}

LP_TEST(call_sites, there_are_none_outside_the_project)
{
    struct profile *p = hand_profile_create();
    size_t n;

    hand_profile_add(p, "find:3 ; start:9", 1, 10);
    struct frames *frames = frames_create(p);
    free(sites_of(p, frames, &n));
    cr_expect(n == 0);
    frames_destroy(frames);
    profile_destroy(p);
}
