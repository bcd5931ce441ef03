#include "render/names.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "support/test.h"

static void expect_brief(const char *name, const char *expected)
{
    CLEANUP(cleanup_free) char *brief = names_brief(name);

    cr_expect_str_eq(brief, expected, "%s is \"%s\", not \"%s\"", name, brief, expected);
}

LP_TEST(names, brief_ones_have_no_parameters_and_template_arguments)
{
    expect_brief("main", "main");
    expect_brief("count_words(std::string_view)", "count_words");
    expect_brief("std::_Hashtable<int, std::pair<int const, int> >::_M_find(unsigned long) const",
                 "std::_Hashtable::_M_find");
    expect_brief("void std::sort<int*>(int*, int*)", "std::sort");
    expect_brief("(anonymous namespace)::hot(int)", "(anonymous namespace)::hot");
    expect_brief("main::{lambda(int)#1}::operator()(int) const", "main::{lambda#1}::operator()");
    expect_brief("apply(void (*)(int))", "apply");
}

LP_TEST(names, brief_operators_keep_their_name)
{
    expect_brief("std::ostream& operator<<(std::ostream&, int)", "std::ostream& operator<<");
    expect_brief("bool operator< <int>(A<int>, A<int>)", "bool operator< ");
    expect_brief("A::operator->()", "A::operator->");
    expect_brief("operator new(unsigned long)", "operator new");
    expect_brief("my_operator(int)", "my_operator");
}

static void expect_fit(const char *name, unsigned columns, bool cut, const char *expected)
{
    CLEANUP(cleanup_free) char *shown = names_fit(name, columns, cut);

    cr_expect_str_eq(shown, expected, "%s", shown);
}

LP_TEST(names, that_do_not_fit_are_brief_and_then_cut)
{
    expect_fit("f(int)", 6, true, "f(int)");
    expect_fit("f(int)", 5, true, "f");
    expect_fit("function_with_a_name(int)", 12, true, "func..._name");
    expect_fit("function_with_a_name(int)", 12, false, "function_with_a_name");
}

static void expect_place(const char *place, unsigned columns, const char *expected)
{
    CLEANUP(cleanup_free) char *shown = names_fit_place(place, columns);

    cr_expect_str_eq(shown, expected, "%s", shown);
}

LP_TEST(names, places_lose_folders_at_their_start)
{
    expect_place("/usr/include/c++/12/bits/hashtable.h:1924", 32,
                 ".../c++/12/bits/hashtable.h:1924");
    expect_place("src/a.c:1", 9, "src/a.c:1");
    expect_place("src/a.c:1", 8, ".../a.c:1");
    expect_place("a_long_name.c:1", 8, "a_long_name.c:1");
}

LP_TEST(names, what_is_no_cxx_stays)
{
    expect_brief("[libc.so.6]", "[libc.so.6]");
    expect_brief("<lambda>", "<lambda>");
    expect_brief("core::iter::Sum::sum", "core::iter::Sum::sum");
    expect_brief("", "");
    expect_brief("f(", "f");
    expect_brief("f<<<", "f");
}

LP_TEST(names, commands_are_quoted_where_a_shell_needs_it)
{
    const char *const arguments[] = {"./a.out", "two words", "", "it's", "-n=1"};
    CLEANUP(cleanup_free) char *command = names_command(arguments, 5);

    cr_expect_str_eq(command, "./a.out 'two words' '' 'it'\\''s' -n=1", "%s", command);
    CLEANUP(cleanup_free) char *none = names_command(NULL, 0);
    cr_expect_str_eq(none, "");
}

LP_TEST(names, paths_below_the_current_folder_are_relative)
{
    static const struct report report;
    struct names names;

    cr_assert(chdir("/tmp") == 0);
    names_init(&names, &report);
    cr_expect_str_eq(names_path(&names, "/tmp/a/b.c"), "a/b.c");
    cr_expect_str_eq(names_path(&names, "/tmpx/b.c"), "/tmpx/b.c");
    cr_expect_str_eq(names_path(&names, "b.c"), "b.c");
    names_deinit(&names);
    cr_assert(chdir("/") == 0);
    names_init(&names, &report);
    cr_expect_str_eq(names_path(&names, "/tmp/b.c"), "/tmp/b.c");
    names_deinit(&names);
}

LP_TEST(names, places)
{
    static const struct report report;
    static const struct report_function function = {.module = "libz.so"};
    struct names names;

    cr_assert(chdir("/tmp") == 0);
    names_init(&names, &report);
    CLEANUP(cleanup_free) char *line = names_place(&names, &function, "/tmp/a.c", 7);
    cr_expect_str_eq(line, "a.c:7");
    CLEANUP(cleanup_free) char *file = names_place(&names, &function, "/tmp/a.c", 0);
    cr_expect_str_eq(file, "a.c");
    CLEANUP(cleanup_free) char *module = names_place(&names, &function, NULL, 0);
    cr_expect_str_eq(module, "libz.so");
    names_deinit(&names);
}
