#include "render/statement.h"

#include "support/test.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

// The lines of a function that look like statements, as a word of 1 and 0.
static const char *statements(const char *path, const char *const *lines, size_t n, char word[64])
{
    const struct source source = {.path = path, .lines = lines, .n_lines = n};

    for (uint32_t line = 1; line <= n; line++)
        word[line - 1] = statement_is_on(&source, 1, line) ? '1' : '0';
    word[n] = '\0';
    return word;
}

LP_TEST(statement, has_something_to_do)
{
    static const char *const lines[] = {
        "int f(int n)",
        "{",
        "    int a;",
        "    static int b = 1;",
        "    int c = n;",
        "    a = c;",
        "    c++;",
        "    return;",
        "",
        "    // a = 1;",
        "    g(a, c); // here",
        "    int h(int);",
        "    break;",
        "    goto out;",
        "    if (a == c)",
        "        a = 2;",
        "}",
    };
    char word[64];

    cr_expect_str_eq(statements("/a.c", lines, COUNT(lines), word), "00001111001011000");
}

LP_TEST(statement, stands_on_one_line)
{
    static const char *const lines[] = {
        "int f(int n)", "{",          "    g(n,",   "      n = 3);",
        "    n = 1 +",  "        2;", "    n = 4;", "}",
    };
    char word[64];

    cr_expect_str_eq(statements("/a.c", lines, COUNT(lines), word), "00000010");
}

LP_TEST(statement, is_not_looked_for_where_text_may_be_left_out)
{
    static const char *const lines[] = {
        "int f(int n)", "{",          "#if 0",  "    n = 1;", "#endif", "    n = 2;",
        "    /* was:",  "    n = 3;", "    */", "    n = 4;", "}",
    };
    char word[64];

    cr_expect_str_eq(statements("/a.c", lines, COUNT(lines), word), "00000100000");
}

LP_TEST(statement, of_a_closure_is_not_its_functions)
{
    static const char *const lines[] = {
        "int f(int n)",   "{",      "    n = 1;", "    auto g = [&](int k) {",
        "        k = n;", "    };", "}",
    };
    char word[64];

    cr_expect_str_eq(statements("/a.cc", lines, COUNT(lines), word), "0010000");
}

LP_TEST(statement, is_nowhere_outside_of_the_text)
{
    static const char *const lines[] = {"int f(void)", "{", "    n = 1;"};
    const struct source source = {.path = "/a.c", .lines = lines, .n_lines = 3};

    cr_expect(statement_is_on(&source, 1, 3));
    cr_expect(!statement_is_on(&source, 1, 4));
    cr_expect(!statement_is_on(&source, 0, 3));
    cr_expect(!statement_is_on(&source, 3, 3));
}
