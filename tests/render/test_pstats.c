#include "render/render.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "profile/profile.h"
#include "support/golden.h"
#include "support/hand_profile.h"
#include "support/test.h"

// main calls parse (100 ms of its own) and walk; walk calls itself (30 + 20 ms) and libc's free
// (50 ms); 5 ms are in no module.
static struct profile *make_profile(void)
{
    struct profile *profile = hand_profile_create();

    hand_profile_add(profile, "parse:12(10) ; main:53(50)", 100, 100000000);
    hand_profile_add(profile, "walk:22(20) ; main:54(50)", 30, 30000000);
    hand_profile_add(profile, "walk:22(20) ; walk:25(20) ; main:54(50)", 20, 20000000);
    hand_profile_add(profile, "/lib/libc.so.6!free ; walk:26(20) ; walk:25(20) ; main:54(50)", 50,
                     50000000);
    hand_profile_add(profile, "?", 5, 5000000);
    return profile;
}

static void expect_golden(const char *name, struct report_options report_options,
                          void (*render)(const struct report *, const struct render_options *,
                                         FILE *))
{
    const struct render_options options = {0};
    struct profile *profile = make_profile();
    struct report *report = report_create(profile, &report_options);
    CLEANUP(cleanup_free) char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    render(report, &options, out);
    fclose(out);
    golden_expect(name, text);
    report_destroy(report);
    profile_destroy(profile);
}

static const enum report_function_key by_time[] = {REPORT_BY_TIME};
static const enum report_function_key by_cumulative_and_name[] = {REPORT_BY_CUMULATIVE,
                                                                  REPORT_BY_NAME};

LP_TEST(pstats, functions)
{
    expect_golden("functions",
                  (struct report_options){.keys = by_time, .n_keys = 1, .no_source = true},
                  render_functions);
}

LP_TEST(pstats, restrictions_are_told)
{
    const struct report_limit limits[] = {
        {.kind = REPORT_LIMIT_REGEX, .regex = "prog"},
        {.kind = REPORT_LIMIT_SHARE, .share = 0.7},
        {.kind = REPORT_LIMIT_COUNT, .count = 1},
    };

    expect_golden("functions-limited",
                  (struct report_options){.keys = by_cumulative_and_name,
                                          .n_keys = 2,
                                          .limits = limits,
                                          .n_limits = 3,
                                          .no_source = true},
                  render_functions);
}

LP_TEST(pstats, an_empty_list_has_no_heading)
{
    static const struct report_limit none[] = {{.kind = REPORT_LIMIT_COUNT, .count = 0}};
    const struct report_options options = {
        .keys = by_time, .n_keys = 1, .limits = none, .n_limits = 1, .no_source = true};

    expect_golden("functions-none", options, render_functions);
    expect_golden("callers-none", options, render_callers);
}

LP_TEST(pstats, callers)
{
    expect_golden("callers",
                  (struct report_options){.keys = by_time, .n_keys = 1, .no_source = true},
                  render_callers);
}

LP_TEST(pstats, callees)
{
    expect_golden("callees",
                  (struct report_options){.keys = by_time, .n_keys = 1, .no_source = true},
                  render_callees);
}
