#include "render/hot_lines.h"

#include "support/test.h"

static struct report_line lines_a[] = {{.line = 7, .own_ns = 50}, {.line = 8, .own_ns = 0}};
static struct report_line lines_b[] = {{.line = 7, .own_ns = 30},
                                       {.file = "/b.h", .line = 9, .own_ns = 60}};
static struct report_line lines_c[] = {{.line = 1, .own_ns = 500}, {.line = 0, .own_ns = 900}};

// Two instances of one template, and a function of somebody else's.
static const struct report_function functions[] = {
    {.name = "f<int>", .file = "/a.h", .mine = true, .lines = lines_a, .n_lines = 2},
    {.name = "f<char>", .file = "/a.h", .mine = true, .lines = lines_b, .n_lines = 2},
    {.name = "strcmp", .file = "/c.S", .lines = lines_c, .n_lines = 2},
};

static void expect_line(const struct hot_line *line, const char *file, uint32_t number,
                        int64_t own_ns)
{
    cr_expect_str_eq(line->file, file);
    cr_expect(line->line == number && line->own_ns == own_ns);
}

LP_TEST(hot_lines, of_all_instances_of_a_template_are_one)
{
    struct report_function all[] = {functions[0], functions[1], functions[2]};
    struct report report = {.functions = all, .n_functions = 3};
    struct hot_lines hot;

    hot_lines_init(&hot, &report, 5);
    cr_assert(hot.n == 2);
    expect_line(&hot.lines[0], "/a.h", 7, 80);
    expect_line(&hot.lines[1], "/b.h", 9, 60);
    hot_lines_deinit(&hot);
}

LP_TEST(hot_lines, of_others_count_when_there_are_no_own_or_when_listed)
{
    struct report_function all[] = {functions[0], functions[2]};
    struct report report = {.functions = all + 1, .n_functions = 1};
    struct hot_lines hot;

    hot_lines_init(&hot, &report, 5);
    cr_assert(hot.n == 1);
    expect_line(&hot.lines[0], "/c.S", 1, 500);
    hot_lines_deinit(&hot);

    all[1].listed = true;
    report = (struct report){.functions = all, .n_functions = 2};
    hot_lines_init(&hot, &report, 1);
    cr_assert(hot.n == 1);
    expect_line(&hot.lines[0], "/c.S", 1, 500);
    hot_lines_deinit(&hot);
}

LP_TEST(hot_lines, of_an_empty_report_are_none)
{
    struct report report = {0};
    struct hot_lines hot;

    hot_lines_init(&hot, &report, 5);
    cr_expect(hot.n == 0);
    hot_lines_deinit(&hot);
}
