#include "render/columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "support/test.h"

enum { MS = 1000000 };

// The cells of `line`, the first of its function's lines, in the columns `names`.
static char *cells(const struct report_line *line, const char *const *names, size_t n,
                   int64_t unit_ns)
{
    struct report_line lines[] = {*line};
    struct report_function function = {
        .lines = lines, .n_lines = 1, .total_ns = 2000 * (int64_t)MS};
    struct report report = {.samples = 1000, .sampled_ns = 1000 * (int64_t)MS};
    struct render_options options = {.columns = names, .n_columns = n, .unit_ns = unit_ns};
    struct columns columns;
    struct columns_scale scale;
    struct text text;
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);

    text_init(&text, out, 0, false);
    columns_init(&columns, &report, &options, false);
    columns_fit(&columns, &function);
    columns_scale(&columns, &function, &scale);
    columns_put_cells(&scale, lines, &text);
    text_end(&text);
    fclose(out);
    return bytes;
}

static void expect_time(int64_t time_ms, int64_t ci_ms, const char *expected)
{
    static const char *const names[] = {"time", "ci"};
    struct report_line line = {.time_ns = time_ms * MS,
                               .ci_ns = ci_ms == REPORT_NULL ? ci_ms : ci_ms * MS,
                               .samples = time_ms,
                               .hits = REPORT_NULL};
    CLEANUP(cleanup_free) char *text = cells(&line, names, 2, MS);

    cr_expect_str_eq(text + strspn(text, " "), expected, "%s", text);
}

LP_TEST(columns, times_print_the_digits_their_interval_supports)
{
    expect_time(409, 39, "409 ±39\n");
    expect_time(409, 41, "410 ±40\n");
    expect_time(1112, 64, "1110 ±60\n");
    expect_time(98, 19, "98 ±19\n");
    expect_time(9, 6, "9 ±6\n");
    expect_time(2, 3, "2 ±3\n");
    expect_time(100000, 600, "100000 ±600\n");
    expect_time(123456, 60, "123460 ±60\n");
    expect_time(1, REPORT_NULL, "1\n");
}

static void expect_cell(const char *column, const struct report_line *line, int64_t unit_ns,
                        const char *expected)
{
    const char *const names[] = {column};
    CLEANUP(cleanup_free) char *text = cells(line, names, 1, unit_ns);

    cr_expect_str_eq(text + strspn(text, " "), expected, "%s: %s", column, text);
}

LP_TEST(columns, what_was_not_measured_is_blank)
{
    const struct report_line sampled = {.line = 7,
                                        .hits = REPORT_NULL,
                                        .samples = 100,
                                        .time_ns = 100 * MS,
                                        .inlined_ns = 100 * MS,
                                        .called_ns = REPORT_NULL,
                                        .ci_ns = 19 * MS};

    expect_cell("line", &sampled, 0, "7\n");
    expect_cell("hits", &sampled, 0, "\n");
    expect_cell("perhit", &sampled, 0, "\n");
    expect_cell("self", &sampled, 0, "\n");
    expect_cell("called", &sampled, 0, "\n");
    expect_cell("inlined", &sampled, 0, "100\n");
    expect_cell("percent", &sampled, 0, "5.0\n");
    expect_cell("samples", &sampled, 0, "100\n");
    expect_cell("ci", &sampled, 0, "±20\n");
}

LP_TEST(columns, a_line_that_ran_without_a_sample_took_less_than_one)
{
    const struct report_line ran = {.line = 7, .hits = 3, .ci_ns = REPORT_NULL};
    const struct report_line never = {.line = 7, .hits = 0, .ci_ns = REPORT_NULL};

    expect_cell("time", &ran, MS, "<1\n");
    expect_cell("time", &ran, 1000000000, "<0.001\n");
    expect_cell("time", &never, MS, "\n");
    expect_cell("hits", &never, 0, "0\n");
    expect_cell("percent", &ran, 0, "\n");
    expect_cell("perhit", &ran, 0, "\n");
}

LP_TEST(columns, time_per_hit_has_its_own_unit_unless_one_is_asked_for)
{
    const struct report_line line = {
        .hits = 1200322, .time_ns = 98200000, .samples = 98, .ci_ns = 19 * MS};

    expect_cell("hits", &line, 0, "1 200 322\n");
    expect_cell("perhit", &line, 0, "81.8 ns\n");
    expect_cell("perhit", &line, 1000, "0.0818\n");
}

LP_TEST(columns, unknown_and_too_many_names_do_no_harm)
{
    const char *names[40];
    const struct report_line line = {.line = 7, .ci_ns = REPORT_NULL};

    for (size_t i = 0; i < 40; i++)
        names[i] = i ? "line" : "no such column";
    CLEANUP(cleanup_free) char *text = cells(&line, names, 40, 0);
    cr_expect(strlen(text) < 300);
}
