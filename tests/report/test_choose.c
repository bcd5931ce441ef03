#include "report/choose.h"

#include <string.h>

#include "support/test.h"

enum { MANY = 20 };

static struct report_line one_line = {.line = 1};

// A report of `n` functions of the project with these own times.
static void make(struct report *report, struct report_function functions[MANY],
                 const int64_t *own_ns, size_t n)
{
    *report =
        (struct report){.functions = functions, .n_functions = n, .n_kept = n, .samples = 100};
    for (size_t i = 0; i < n; i++)
        functions[i] = (struct report_function){.name = "f",
                                                .file = "/a.c",
                                                .mine = true,
                                                .lines = &one_line,
                                                .n_lines = 1,
                                                .own_ns = own_ns[i],
                                                .tottime_ns = own_ns[i]};
}

// The listed functions as a word of 1 and 0.
static const char *listed(const struct report *report, char word[MANY + 1])
{
    for (size_t i = 0; i < report->n_functions; i++)
        word[i] = report->functions[i].listed ? '1' : '0';
    word[report->n_functions] = '\0';
    return word;
}

static const struct report_options no_options;
static const bool none_opened[MANY];

LP_TEST(choose, lists_until_most_of_the_time_is_covered)
{
    struct report_function functions[MANY];
    struct report report;
    char word[MANY + 1];

    make(&report, functions, (const int64_t[]){3, 60, 0, 36, 1}, 5);
    choose_listed(&report, &no_options, none_opened);
    cr_expect_str_eq(listed(&report, word), "01010");
}

LP_TEST(choose, lists_ten_at_most)
{
    struct report_function functions[MANY];
    struct report report;
    int64_t equal[MANY];
    char word[MANY + 1];

    for (size_t i = 0; i < MANY; i++)
        equal[i] = 5;
    make(&report, functions, equal, MANY);
    choose_listed(&report, &no_options, none_opened);
    cr_expect_str_eq(listed(&report, word), "11111111110000000000");
}

LP_TEST(choose, marked_and_counted_functions_are_listed_whatever_they_cost)
{
    struct report_function functions[MANY];
    struct report report;
    char word[MANY + 1];

    make(&report, functions, (const int64_t[]){96, 0, 4, 0}, 4);
    functions[1].marked = true;
    functions[2].counted = true;
    choose_listed(&report, &no_options, none_opened);
    cr_expect_str_eq(listed(&report, word), "1110");
    make(&report, functions, (const int64_t[]){4, 96}, 2);
    functions[1].marked = true;
    choose_listed(&report, &no_options, none_opened);
    cr_expect_str_eq(listed(&report, word), "01", "the marked one covers enough");
}

LP_TEST(choose, of_many_counted_functions_those_with_most_time_are_listed)
{
    struct report_line ran = {.line = 1, .instructions = 1};
    struct report_function functions[MANY];
    struct report report;
    int64_t own_ns[MANY] = {[3] = 90, [5] = 10};
    char word[MANY + 1];

    make(&report, functions, own_ns, MANY);
    for (size_t i = 0; i < MANY; i++) {
        functions[i].counted = true;
        functions[i].lines = &ran;
    }
    choose_listed(&report, &no_options, none_opened);
    cr_expect_str_eq(listed(&report, word), "00010100000000000000");
}

LP_TEST(choose, without_samples_what_was_executed_counts)
{
    struct report_line ran[MANY];
    struct report_function functions[MANY];
    struct report report;
    char word[MANY + 1];

    make(&report, functions, (const int64_t[MANY]){0}, MANY);
    report.samples = 0;
    for (size_t i = 0; i < MANY; i++) {
        ran[i] = (struct report_line){.line = 1, .instructions = i == 7 ? 1000 : 1};
        functions[i].counted = true;
        functions[i].lines = &ran[i];
    }
    choose_listed(&report, &no_options, none_opened);
    cr_expect_str_eq(listed(&report, word), "00000001000000000000");
}

LP_TEST(choose, foreign_functions_only_when_asked_for)
{
    struct report_function functions[MANY];
    struct report report;
    char word[MANY + 1];
    const bool opened[MANY] = {[1] = true};
    const struct report_options no_rollup = {.no_rollup = true};

    make(&report, functions, (const int64_t[]){50, 30, 20}, 3);
    functions[1].mine = functions[2].mine = false;
    choose_listed(&report, &no_options, none_opened);
    cr_expect_str_eq(listed(&report, word), "100");
    make(&report, functions, (const int64_t[]){50, 30, 20}, 3);
    functions[1].mine = functions[2].mine = false;
    choose_listed(&report, &no_options, opened);
    cr_expect_str_eq(listed(&report, word), "110");
    make(&report, functions, (const int64_t[]){50, 30, 20}, 3);
    functions[1].mine = functions[2].mine = false;
    choose_listed(&report, &no_rollup, none_opened);
    cr_expect_str_eq(listed(&report, word), "111");
}

LP_TEST(choose, a_function_without_file_or_lines_cannot_be_listed)
{
    struct report_function functions[MANY];
    struct report report;
    struct report_line unknown = {.line = 0};
    char word[MANY + 1];

    make(&report, functions, (const int64_t[]){50, 30, 20}, 3);
    functions[0].file = NULL;
    functions[1].lines = &unknown;
    functions[1].marked = true;
    choose_listed(&report, &no_options, none_opened);
    cr_expect_str_eq(listed(&report, word), "001");
}

LP_TEST(choose, limits_decide_alone)
{
    struct report_function functions[MANY];
    struct report report;
    char word[MANY + 1];
    const struct report_limit limit = {.kind = REPORT_LIMIT_COUNT, .count = 2};
    const struct report_options limited = {.limits = &limit, .n_limits = 1};

    make(&report, functions, (const int64_t[]){0, 1, 99}, 3);
    functions[0].mine = false;
    functions[2].marked = true;
    report.n_kept = 2;
    choose_listed(&report, &limited, none_opened);
    cr_expect_str_eq(listed(&report, word), "110");
}

LP_TEST(choose, few_samples_hide_no_function_that_ran)
{
    struct report_function functions[MANY];
    struct report_line lines[MANY];
    const int64_t own_ns[MANY] = {[3] = 1};
    struct report report;
    char word[MANY + 1];

    make(&report, functions, own_ns, MANY);
    for (size_t i = 0; i < MANY; i++) {
        lines[i] = (struct report_line){.line = 1, .instructions = i == 7 ? 900 : 1};
        functions[i].lines = &lines[i];
        functions[i].counted = true;
    }
    choose_listed(&report, &no_options, none_opened);
    cr_expect_str_eq(listed(&report, word), "00010000000000000000", "samples enough");
    for (size_t i = 0; i < MANY; i++)
        functions[i].listed = false;
    report.samples = 1;
    lines[7].instructions = 9000;
    choose_listed(&report, &no_options, none_opened);
    cr_expect_str_eq(listed(&report, word), "00010001000000000000");
}
