#include "render/statements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"

enum { LINES_MOST = 60 };

// The text's statements as "2 4-5 7": where each begins, and ends if that is another line.
static void expect_statements(const char *path, const char *text, const char *expected)
{
    const char *lines[LINES_MOST];
    char *own = strdup(text);
    struct source source = {.path = path, .lines = lines};
    char found[512] = "";

    for (char *at = own; at; source.n_lines++) {
        lines[source.n_lines] = at;
        at = strchr(at, '\n');
        if (at)
            *at++ = '\0';
    }
    uint32_t *ends = statements_find(&source, 1, (uint32_t)source.n_lines);
    for (size_t i = 0; ends && i < source.n_lines; i++) {
        size_t n = strlen(found);
        if (ends[i] > i + 1)
            snprintf(found + n, sizeof found - n, "%s%zu-%u", n ? " " : "", i + 1, ends[i]);
        else if (ends[i])
            snprintf(found + n, sizeof found - n, "%s%zu", n ? " " : "", i + 1);
    }
    cr_expect_str_eq(ends ? found : "none", expected, "'%s' in\n%s", ends ? found : "none", text);
    free(ends);
    free(own);
}

static void expect_c(const char *text, const char *expected)
{
    expect_statements("/src/a.c", text, expected);
}

static void expect_cpp(const char *text, const char *expected)
{
    expect_statements("/src/a.cpp", text, expected);
}

LP_TEST(statements, what_assigns_calls_steps_or_jumps_is_one)
{
    expect_c("static int f(int n)\n"
             "{\n"
             "    int i, sum = 0;\n"
             "    int plain[4], other;\n"
             "    sum += n;\n"
             "    g(sum);\n"
             "    i++;\n"
             "    --*p;\n"
             "    a[2].b->c = 1;\n"
             "    struct pair *pair = next;\n"
             "    return sum;\n"
             "}",
             "3 5 6 7 8 9 10 11");
}

LP_TEST(statements, braces_labels_else_and_comments_are_none)
{
    expect_c("int f(int n) {\n"
             "    // x = 1;\n"
             "    /* x = 1;\n"
             "       y = 1; */ {\n"
             "        switch (n) {\n"
             "        case 1:\n"
             "        case 'a': n = 2;\n"
             "        default:\n"
             "            break;\n"
             "        }\n"
             "    }\n"
             "    if (n)\n"
             "        n = 3;\n"
             "    else\n"
             "    {\n"
             "        goto out;\n"
             "    }\n"
             "out:\n"
             "    ;\n"
             "    (void)n;\n"
             "    return n;\n"
             "}\n"
             "int other = 1;",
             "5 7 9 12 13 16 21");
}

LP_TEST(statements, of_several_lines_begin_at_the_first)
{
    expect_c("int f(int n)\n"
             "{\n"
             "    n = g(1,\n"
             "          2)\n"
             "        + 3;\n"
             "    for (int i = 0;\n"
             "         i < n; i++)\n"
             "        h(\";\",\n"
             "          ';', \"}\");\n"
             "    do {\n"
             "        n--;\n"
             "    } while (n &&\n"
             "             m);\n"
             "    static const int numbers[] = {1,\n"
             "                                  2};\n"
             "    int own[] = {1,\n"
             "                 2};\n"
             "}",
             "3-5 6-7 8-9 11 12-13 16-17");
}

LP_TEST(statements, loops_of_macros_have_bodies)
{
    expect_c("void f(void) {\n"
             "    HASH_ITER(hh, all, item, next) {\n"
             "        use(item);\n"
             "    }\n"
             "    p = (struct pair){1, 2};\n"
             "    q = 1;\n"
             "}",
             "3 5 6");
}

LP_TEST(statements, directives_are_none_nor_what_they_may_leave_out)
{
    expect_c("void f(void) {\n"
             "#define TWICE(x) \\\n"
             "    x = 1;       \\\n"
             "    x = 2;\n"
             "    a = 1;\n"
             "#if X\n"
             "    b = 2;\n"
             "# ifdef Y\n"
             "    b = 3;\n"
             "# endif\n"
             "    b = 4;\n"
             "#else\n"
             "    if (b)\n"
             "        b = 5;\n"
             "#endif\n"
             "    b = 6;\n"
             "}",
             "5 16");
}

LP_TEST(statements, checks_that_may_be_left_out_are_none)
{
    expect_c("void f(void) {\n"
             "    const int a = 1;\n"
             "    assert(a == 1);\n"
             "    _Static_assert(1, \"\");\n"
             "    typedef int number;\n"
             "    check(a);\n"
             "}",
             "2 6");
}

LP_TEST(statements, code_of_other_functions_is_none)
{
    expect_cpp("void f() {\n"
               "    auto less = [&](int a, int b) {\n"
               "        return a < b;\n"
               "    };\n"
               "    each(all, [](int a) {\n"
               "        use(a);\n"
               "    });\n"
               "    struct local {\n"
               "        int get() { return x; }\n"
               "        void set() {\n"
               "            x = 1;\n"
               "        }\n"
               "    };\n"
               "    local thing;\n"
               "    int y = 1;\n"
               "}",
               "2-4 5-7 15");
}

LP_TEST(statements, of_cpp_have_literals_and_handlers_of_their_own)
{
    expect_cpp("T f() try {\n"
               "    auto text = R\"x(\n"
               "}; \" )y\" )x\";\n"
               "    int n = 1'000'000; char c = '}';\n"
               "    std::vector<int> v{1, 2};\n"
               "    throw error(\"}\");\n"
               "} catch (...) {\n"
               "    handle();\n"
               "}",
               "2-3 4 5 6");
}

LP_TEST(statements, are_not_looked_for_where_there_is_no_body_in_c)
{
    expect_statements("/src/a.rs", "fn f() {\n    let a = 1;\n}", "none");
    expect_statements("/src/a.f90", "subroutine f\n  a = 1\nend", "none");
    expect_c("int f(void);\nint g(void) { return 1; }", "none");
    expect_c("int f(a)\n    int a;\n{\n    a = 1;\n}", "none");
    expect_c("int f(void)", "none");
    expect_c("", "none");
}

LP_TEST(statements, text_that_ends_early_or_is_no_code_is_survived)
{
    static const char *const texts[] = {"int f(void) {\n    x = (1;\n",
                                        "int f(void) {\n    x = \"abc\n",
                                        "int f(void) {\n    /* abc\n",
                                        "int f(void) {\n    R\"abc(\n",
                                        "int f(void) { ) ] > :: : ? case\n",
                                        "int f(void) {\n#define A \\",
                                        "int f(void) { if",
                                        "int f(void) { for (",
                                        "int f(void) { a:b::c:",
                                        "{ x = 1; } } } }"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *lines[] = {texts[i]};
        // One line with what would be line ends: no text that is read by lines has them.
        const struct source source = {.path = "a.c", .lines = lines, .n_lines = 1};
        free(statements_find(&source, 1, 1));
    }
    const struct source empty = {.path = "a.c"};
    cr_expect(!statements_find(&empty, 1, 1) && !statements_find(&empty, 0, 0));
}
