#include "render/render.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "support/hand_profile.h"
#include "support/hand_report.h"
#include "support/test.h"

// The summary of functions with these numbers of samples, of 10 ms each: "a" has the first.
static char *summary_of(const int *samples, size_t n, struct report_options options,
                        struct render_options rendering)
{
    struct hand_report hand = {.profile = hand_profile_create()};
    char stack[] = "a:3 ; main:20";

    for (size_t i = 0; i < n; i++, stack[0]++)
        hand_profile_add(hand.profile, stack, samples[i], samples[i] * (int64_t)10000000);
    struct report *report = report_create(hand.profile, &options);
    hand.report = *report;
    char *text = hand_report_render(&hand, render_summary, &rendering);
    report_destroy(report);
    profile_destroy(hand.profile);
    return text;
}

static bool marks(const char *text, const char *name)
{
    CLEANUP(cleanup_free) char *copy = strdup(text);
    CLEANUP(cleanup_free) char *end = NULL;

    if (asprintf(&end, "  %s", name) < 0)
        return false;
    for (char *rest = copy, *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        size_t length = strlen(line);
        if (length > strlen(end) && strcmp(line + length - strlen(end), end) == 0)
            return line[0] == '~';
    }
    cr_assert_fail("there is no row of %s in\n%s", name, text);
    return false;
}

LP_TEST(text_summary, marks_neighbours_whose_intervals_overlap)
{
    const int samples[] = {300, 290, 200, 190};
    CLEANUP(cleanup_free)
    char *text = summary_of(samples, 4, (struct report_options){0}, (struct render_options){0});

    cr_expect(!marks(text, "a"), "%s", text);
    cr_expect(marks(text, "b"), "%s", text);
    cr_expect(!marks(text, "c"), "%s", text);
    cr_expect(marks(text, "d"), "%s", text);
    cr_expect(strstr(text, "\n~ not told apart from the one above"), "%s", text);
}

LP_TEST(text_summary, has_no_legend_without_a_mark)
{
    const int samples[] = {600, 300, 100};
    CLEANUP(cleanup_free)
    char *text = summary_of(samples, 3, (struct report_options){0}, (struct render_options){0});

    cr_expect(!strchr(text, '~'), "%s", text);
}

LP_TEST(text_summary, marks_the_lower_one_of_what_is_printed)
{
    const int samples[] = {500, 490};
    CLEANUP(cleanup_free)
    char *text = summary_of(samples, 2, (struct report_options){0},
                            (struct render_options){.hottest_last = true});

    cr_expect(marks(text, "a") && !marks(text, "b"), "%s", text);
}

LP_TEST(text_summary, marks_nothing_in_another_order)
{
    static const enum report_function_key keys[] = {REPORT_BY_NAME};
    const int samples[] = {500, 490};
    CLEANUP(cleanup_free)
    char *text = summary_of(samples, 2, (struct report_options){.keys = keys, .n_keys = 1},
                            (struct render_options){0});

    cr_expect(!strchr(text, '~'), "%s", text);
}
