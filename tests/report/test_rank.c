#include "report/rank.h"

#include <stdlib.h>
#include <string.h>

#include "base/string_pool.h"
#include "support/test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

// A letter each: the expected orders are words.
static const struct report_function functions[] = {
    {.name = "d",
     .linkage_name = "d",
     .file = "/x/b.c",
     .line = 9,
     .module = "m",
     .own_ns = 40,
     .tottime_ns = 1,
     .total_ns = 90,
     .ncalls = 2,
     .pcalls = REPORT_NULL},
    {.name = "a",
     .linkage_name = "a",
     .file = "/x/b.c",
     .line = 30,
     .module = "m",
     .own_ns = 10,
     .tottime_ns = 9,
     .total_ns = 95,
     .ncalls = REPORT_NULL,
     .pcalls = 5},
    {.name = "c",
     .linkage_name = "c",
     .file = "/x/a.c",
     .line = 200,
     .module = "m",
     .own_ns = 30,
     .tottime_ns = 5,
     .total_ns = 30,
     .ncalls = 7,
     .pcalls = 1},
    {.name = "b",
     .linkage_name = "b",
     .file = NULL,
     .line = 0,
     .module = "libc.so",
     .own_ns = 40,
     .tottime_ns = 8,
     .total_ns = 40,
     .ncalls = 2,
     .pcalls = 2},
};

static void order_by(const struct report_options *options, char word[COUNT(functions) + 1])
{
    size_t order[] = {0, 1, 2, 3};

    rank_functions(functions, order, COUNT(order), options);
    for (size_t i = 0; i < COUNT(order); i++)
        word[i] = functions[order[i]].name[0];
    word[COUNT(order)] = '\0';
}

static void expect_order(const enum report_function_key *keys, size_t n, const char *expected)
{
    struct report_options options = {.keys = keys, .n_keys = n};
    char word[COUNT(functions) + 1];

    order_by(&options, word);
    cr_expect_str_eq(word, expected, "key %d: %s, not %s", n ? (int)keys[0] : -1, word, expected);
}

LP_TEST(rank, keys_sort_as_in_pstats)
{
    const struct {
        enum report_function_key key;
        const char *expected;
    } cases[] = {
        {REPORT_BY_CALLS, "cbda"},  {REPORT_BY_CUMULATIVE, "adbc"}, {REPORT_BY_FILENAME, "cdab"},
        {REPORT_BY_LINE, "bdac"},   {REPORT_BY_NAME, "abcd"},       {REPORT_BY_NFL, "abcd"},
        {REPORT_BY_PCALLS, "abcd"}, {REPORT_BY_STDNAME, "cadb"},    {REPORT_BY_TIME, "abcd"},
        {REPORT_BY_OWN, "bdca"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_order(&cases[i].key, 1, cases[i].expected);
    expect_order(NULL, 0, "bdca");
}

LP_TEST(rank, later_keys_decide_among_equals_and_reverse_turns_all)
{
    const enum report_function_key keys[] = {REPORT_BY_CALLS, REPORT_BY_FILENAME};
    struct report_options options = {.keys = keys, .n_keys = 2, .reverse = true};
    char word[COUNT(functions) + 1];

    expect_order(keys, 2, "cdba");
    order_by(&options, word);
    cr_expect_str_eq(word, "abdc");
}

LP_TEST(rank, marked_functions_come_first_in_source_order)
{
    struct report_function marked[COUNT(functions)];
    size_t order[] = {0, 1, 2, 3};
    const struct report_options options = {0};

    memcpy(marked, functions, sizeof functions);
    marked[1].marked = true;
    marked[2].marked = true;
    rank_functions(marked, order, COUNT(order), &options);
    cr_expect(order[0] == 2 && order[1] == 1 && order[2] == 3 && order[3] == 0);
}

static size_t limit(const struct report_limit *limits, size_t n, size_t order[4],
                    size_t *n_notes_ret)
{
    struct report_options options = {.limits = limits, .n_limits = n};
    struct string_pool strings;
    struct notes notes = {.strings = &strings};
    struct report_reduction reductions[8];
    size_t n_reductions;

    string_pool_init(&strings);
    for (size_t i = 0; i < 4; i++)
        order[i] = i;
    size_t kept = rank_limit(functions, order, 4, &options, &notes, reductions, &n_reductions);
    *n_notes_ret = notes.n;
    free(notes.items);
    string_pool_deinit(&strings);
    return kept;
}

LP_TEST(rank, limits_apply_from_left_to_right)
{
    size_t order[4];
    size_t n_notes;
    const struct report_limit regex = {.kind = REPORT_LIMIT_REGEX, .regex = "/x/.*\\((a|c)\\)$"};
    const struct report_limit first = {.kind = REPORT_LIMIT_COUNT, .count = 2};
    const struct report_limit half = {.kind = REPORT_LIMIT_SHARE, .share = 0.5};
    const struct report_limit regex_first[] = {regex, first};
    const struct report_limit count_first[] = {first, regex};
    const struct report_limit halves[] = {half, half};

    cr_expect(limit(regex_first, 2, order, &n_notes) == 2);
    cr_expect(order[0] == 1 && order[1] == 2 && order[2] == 0 && order[3] == 3);
    cr_expect(limit(count_first, 2, order, &n_notes) == 1);
    cr_expect(order[0] == 1 && order[1] == 0 && order[2] == 2);
    cr_expect(limit(halves, 2, order, &n_notes) == 1);
    cr_expect(n_notes == 0);
}

LP_TEST(rank, regex_sees_file_line_and_function)
{
    size_t order[4];
    size_t n_notes;
    const struct report_limit line = {.kind = REPORT_LIMIT_REGEX, .regex = "^/x/b\\.c:30\\(a\\)$"};
    const struct report_limit module = {.kind = REPORT_LIMIT_REGEX, .regex = "^libc\\.so:0\\(b"};

    cr_expect(limit(&line, 1, order, &n_notes) == 1 && order[0] == 1);
    cr_expect(limit(&module, 1, order, &n_notes) == 1 && order[0] == 3);
}

LP_TEST(rank, what_is_no_regex_keeps_everything_and_is_noted)
{
    size_t order[4];
    size_t n_notes;
    const struct report_limit bad = {.kind = REPORT_LIMIT_REGEX, .regex = "(("};

    cr_expect(limit(&bad, 1, order, &n_notes) == 4);
    cr_expect(n_notes == 1);
}

LP_TEST(rank, shares_round_as_in_pstats)
{
    size_t order[4];
    size_t n_notes;
    const struct {
        double share;
        size_t kept;
    } cases[] = {{0, 0}, {0.1, 0}, {0.125, 1}, {0.37, 1}, {0.375, 2}, {1, 4}, {2, 4}, {-1, 0}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct report_limit share = {.kind = REPORT_LIMIT_SHARE, .share = cases[i].share};
        cr_expect(limit(&share, 1, order, &n_notes) == cases[i].kept, "%g", cases[i].share);
    }
}

LP_TEST(rank, lines_sort_by_place_or_by_a_number)
{
    const struct report_line lines[] = {
        {.file = "/z.h", .line = 1, .time_ns = 5, .self_ns = 5, .hits = REPORT_NULL},
        {.line = 9, .time_ns = 7, .self_ns = 1, .hits = 3},
        {.line = 2, .time_ns = 7, .self_ns = 2, .hits = 8},
        {.file = "/a.h", .line = 4, .time_ns = 1, .self_ns = 1, .hits = REPORT_NULL},
    };
    const struct {
        enum report_line_key key;
        bool reverse;
        uint32_t expected[4]; // line numbers
    } cases[] = {
        {REPORT_LINES_BY_LINE, false, {2, 9, 4, 1}}, {REPORT_LINES_BY_LINE, true, {2, 9, 4, 1}},
        {REPORT_LINES_BY_TIME, false, {2, 9, 1, 4}}, {REPORT_LINES_BY_TIME, true, {4, 1, 9, 2}},
        {REPORT_LINES_BY_HITS, false, {2, 9, 4, 1}}, {REPORT_LINES_BY_SELF, false, {1, 2, 9, 4}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct report_line sorted[4];
        memcpy(sorted, lines, sizeof lines);
        rank_lines(sorted, 4, cases[i].key, cases[i].reverse);
        for (size_t j = 0; j < 4; j++)
            cr_expect(sorted[j].line == cases[i].expected[j], "case %zu, place %zu", i, j);
    }
}
