#include "render/extent.h"

#include <stdio.h>
#include <string.h>

#include "support/test.h"

enum { TEXT_LINES = 60 };

// A file of empty lines.
static struct source blank_source(void)
{
    static const char *lines[TEXT_LINES];

    for (size_t i = 0; i < TEXT_LINES; i++)
        lines[i] = "";
    return (struct source){.lines = lines, .n_lines = TEXT_LINES, .state = SOURCE_FOUND};
}

// The rows as text: "10 11 *12 13-20" where * has cost and a range is folded.
static void expect_rows(const struct report_function *function, const struct source *source,
                        bool full, const char *expected)
{
    char rows[4096] = "";
    struct extent extent;
    struct extent_row row;

    extent_init(&extent, function, function->lines, function->n_lines, source, full);
    while (extent_next(&extent, &row)) {
        size_t n = strlen(rows);
        const char *blank = n ? " " : "";
        if (row.folded)
            snprintf(rows + n, sizeof rows - n, "%s%u-%u", blank, row.line,
                     row.line + row.folded - 1);
        else
            snprintf(rows + n, sizeof rows - n, "%s%s%u", blank, row.cost ? "*" : "", row.line);
    }
    cr_expect_str_eq(rows, expected, "%s", rows);
}

LP_TEST(extent, lines_near_a_cost_stay_open)
{
    struct report_line lines[] = {{.line = 20, .time_ns = 900}, {.line = 22, .time_ns = 100}};
    struct report_function function = {.line = 10, .lines = lines, .n_lines = 2, .total_ns = 1000};
    struct source source = blank_source();

    expect_rows(&function, &source, false, "10 11-17 18 19 *20 21 *22");
    expect_rows(&function, &source, true, "10 11 12 13 14 15 16 17 18 19 *20 21 *22");
}

LP_TEST(extent, short_stretches_are_not_folded)
{
    struct report_line lines[] = {{.line = 15, .time_ns = 500}, {.line = 22, .time_ns = 500}};
    struct report_function function = {.line = 10, .lines = lines, .n_lines = 2, .total_ns = 1000};
    struct source source = blank_source();

    expect_rows(&function, &source, false, "10 11 12 13 14 *15 16 17 18 19 20 21 *22");
}

LP_TEST(extent, little_cost_folds_and_is_summed)
{
    struct report_line lines[] = {
        {.line = 12, .time_ns = 100000}, {.line = 30, .time_ns = 20}, {.line = 40, .time_ns = 10}};
    struct report_function function = {
        .line = 10, .lines = lines, .n_lines = 3, .total_ns = 100030};
    struct source source = blank_source();
    struct extent extent;
    struct extent_row row;
    int64_t folded = 0;

    expect_rows(&function, &source, false, "10 11 *12 13 14 15-40");
    extent_init(&extent, &function, lines, 3, &source, false);
    while (extent_next(&extent, &row))
        folded += row.folded_ns;
    cr_expect(folded == 30);
}

LP_TEST(extent, lines_outside_the_text_come_alone)
{
    struct report_line lines[] = {{.line = 0, .time_ns = 5},
                                  {.line = 11, .time_ns = 5},
                                  {.line = 61, .time_ns = 5},
                                  {.line = UINT32_MAX, .time_ns = 5}};
    struct report_function function = {.line = 10, .lines = lines, .n_lines = 4, .total_ns = 20};
    struct source source = blank_source();

    expect_rows(&function, &source, false, "10 *11 *61 *4294967295 *0");
    expect_rows(&function, NULL, false, "*11 *61 *4294967295 *0");
}

LP_TEST(extent, a_declaration_behind_its_lines_or_outside_the_text)
{
    struct report_line lines[] = {{.line = 8, .time_ns = 5}, {.line = 9, .time_ns = 5}};
    struct report_function function = {.line = 10, .lines = lines, .n_lines = 2, .total_ns = 10};
    struct source source = blank_source();

    expect_rows(&function, &source, false, "*8 *9 10");
    function.line = 1000;
    expect_rows(&function, &source, false, "*8 *9");
    function.line = 0;
    expect_rows(&function, &source, false, "*8 *9");
}

LP_TEST(extent, another_file_is_shown_from_cost_to_cost)
{
    struct report_line lines[] = {{.file = "a.inc", .line = 3, .time_ns = 5},
                                  {.file = "a.inc", .line = 6, .time_ns = 5}};
    struct report_function function = {.line = 10, .lines = lines, .n_lines = 2, .total_ns = 10};
    struct source source = blank_source();

    expect_rows(&function, &source, false, "*3 4 5 *6");
}

static void expect_end(const char *const *lines, size_t n_lines, uint32_t first, uint32_t expected)
{
    const struct source source = {.lines = lines, .n_lines = n_lines};
    uint32_t end = extent_body_end(&source, first);

    cr_expect(end == expected, "line %u, not %u", end, expected);
}

LP_TEST(extent, bodies_end_at_their_brace)
{
    static const char *const nested[] = {"int f()", "{", "  if (x) {", "  }", "}", "}"};
    static const char *const quoted[] = {"f() { // }", "  s = \"}\\\"}\"; c = '}'; d = '\\'';",
                                         "  /* }", "  } */ n = 1'000;", "}"};
    static const char *const rust[] = {"fn f<'a>(x: &'a str) {", "}", "}"};
    static const char *const declared[] = {"int f();", "int g() {", "}"};
    static const char *const open[] = {"int f() {", "  \"a"};
    static const char *const single[] = {"", "int f() { return 1; }", "int g() {", "}"};

    expect_end(nested, 6, 1, 5);
    expect_end(quoted, 5, 1, 5);
    expect_end(rust, 3, 1, 2);
    expect_end(declared, 3, 1, 0);
    expect_end(open, 2, 1, 0);
    expect_end(single, 4, 2, 2);
    expect_end(single, 4, 9, 0);
}

LP_TEST(extent, bodies_of_old_definitions_end_at_their_brace)
{
    static const char *const lines[] = {"long sum(s, n)",  "    const char *s; /* { */",
                                        "    unsigned n;", "{",
                                        "    return 0;",   "}",
                                        "int g() { }"};
    const struct source source = {.path = "/src/sum.c", .lines = lines, .n_lines = 7};

    cr_expect_eq(extent_body_end(&source, 1), 6);
}

LP_TEST(extent, order_of_lines)
{
    struct report_line lines[] = {{.line = 3}, {.line = 7}, {.file = "a", .line = 1}};
    struct report_function function = {.lines = lines, .n_lines = 3};

    cr_expect(extent_is_in_order(&function));
    cr_expect(extent_same_file(lines, 3) == 2);
    cr_expect(extent_same_file(lines + 2, 1) == 1);
    lines[0].line = 9;
    cr_expect(!extent_is_in_order(&function));
}

LP_TEST(extent, without_time_what_was_counted_stays_open)
{
    struct report_line lines[] = {{.line = 12, .hits = 3},
                                  {.line = 20, .hits = REPORT_NULL},
                                  {.line = 30, .hits = 0},
                                  {.line = 31, .hits = REPORT_NULL}};
    struct report_function function = {.line = 10, .lines = lines, .n_lines = 4};
    struct source source = blank_source();

    expect_rows(&function, &source, false, "10 11 *12 13 14 15-27 28 29 *30 *31");
    lines[0].hits = lines[2].hits = REPORT_NULL;
    expect_rows(&function, &source, false,
                "10 11 *12 13 14 15 16 17 18 19 *20 21 22 23 24 25 26 27 28 29 *30 *31");
}
