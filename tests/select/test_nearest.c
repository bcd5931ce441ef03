#include "select/nearest.h"

#include <string.h>

#include "support/test.h"

static const char *const names[] = {"main",   "parse_line", "parse_file", "work",
                                    "worker", "print",      "main",       "Walk"};

static void expect_nearest(const char *wanted, const char *expected)
{
    size_t found[NEAREST_MAX];
    size_t n = nearest_find(wanted, names, sizeof names / sizeof *names, found);
    char list[128] = "";

    for (size_t i = 0; i < n; i++) {
        strcat(list, i ? " " : "");
        strcat(list, names[found[i]]);
    }
    cr_expect_str_eq(list, expected, "%s", wanted);
}

LP_TEST(nearest, few_changes_of_letters)
{
    expect_nearest("mian", "main");
    expect_nearest("wrok", "work Walk");
    expect_nearest("parse_lien", "parse_line parse_file");
    expect_nearest("WALK", "Walk work");
}

LP_TEST(nearest, parts_of_names_come_first)
{
    expect_nearest("parse", "parse_line parse_file");
    expect_nearest("worke", "work worker");
    expect_nearest("LINE", "parse_line");
}

LP_TEST(nearest, names_far_off_are_none)
{
    expect_nearest("frobnicate", "");
    expect_nearest("", "");
    expect_nearest("xy", "");
}

LP_TEST(nearest, only_the_nearest_are_told)
{
    const char *const many[] = {"abcdef6", "abcdef",  "abcdef12", "abcdef3",
                                "abcdef4", "abcdef5", "abcdef1"};
    size_t found[NEAREST_MAX];

    cr_expect_eq(nearest_find("abcdef", many, 7, found), NEAREST_MAX);
    cr_expect_str_eq(many[found[0]], "abcdef");
    for (size_t i = 1; i < NEAREST_MAX; i++)
        cr_expect_eq(strlen(many[found[i]]), 7);
}

LP_TEST(nearest, long_names_are_compared_by_their_beginning)
{
    char a[1000];
    char b[1000];
    const char *const one[] = {b};
    size_t found[NEAREST_MAX];

    memset(a, 'a', sizeof a);
    memset(b, 'a', sizeof b);
    b[0] = 'b';
    a[999] = b[998] = '\0';
    cr_expect_eq(nearest_find(a, one, 1, found), 1);
}
