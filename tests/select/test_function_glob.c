#include "select/function_glob.h"

#include "base/cleanup.h"
#include "support/test.h"

#define MATCHES(glob, name) cr_expect(function_glob_matches(glob, name, NULL), "%s: %s", glob, name)
#define FAILS(glob, name) cr_expect(!function_glob_matches(glob, name, NULL), "%s: %s", glob, name)

LP_TEST(function_glob, names_of_c_match_as_they_are)
{
    MATCHES("work", "work");
    MATCHES("wor?", "work");
    MATCHES("*", "work");
    MATCHES("[vw]ork", "work");
    FAILS("wor", "work");
    FAILS("work", "worker");
    FAILS("Work", "work");
    FAILS("", "work");
}

LP_TEST(function_glob, parameters_may_be_left_out)
{
    MATCHES("scale", "scale(int)");
    MATCHES("scale(int)", "scale(int)");
    MATCHES("scale(*)", "scale(int, char const*)");
    MATCHES("get", "Bag::get(int) const");
    MATCHES("Bag::get(int) const", "Bag::get(int) const");
    MATCHES("call", "call(void (*)(int), char)");
    FAILS("scale(long)", "scale(int)");
    FAILS("int", "scale(int)");
}

LP_TEST(function_glob, namespaces_may_be_left_out)
{
    MATCHES("run", "shapes::(anonymous namespace)::run(long)");
    MATCHES("shapes::*::run", "shapes::(anonymous namespace)::run(long)");
    MATCHES("(anonymous namespace)::run", "shapes::(anonymous namespace)::run(long)");
    MATCHES("push_back", "std::vector<int, std::allocator<int> >::push_back(int const&)");
    MATCHES("std::vector*::push_back",
            "std::vector<int, std::allocator<int> >::push_back(int const&)");
    FAILS("allocator*", "std::vector<int, std::allocator<int> >::push_back(int const&)");
    FAILS("un", "shapes::run(long)");
    FAILS("shapes", "shapes::run(long)");
}

LP_TEST(function_glob, return_types_and_template_arguments_may_be_left_out)
{
    MATCHES("twice", "int twice<int>(int)");
    MATCHES("twice<int>", "int twice<int>(int)");
    MATCHES("twice<int>(int)", "int twice<int>(int)");
    MATCHES("int twice<int>(int)", "int twice<int>(int)");
    MATCHES("math::twice", "unsigned long math::twice<unsigned long>(unsigned long)");
    FAILS("twice<long>", "int twice<int>(int)");
}

LP_TEST(function_glob, operators_keep_their_brackets)
{
    MATCHES("operator()", "Less::operator()(int, int) const");
    MATCHES("Less::operator()", "Less::operator()(int, int) const");
    MATCHES("operator[]", "Bag::operator[](unsigned long)");
    MATCHES("operator<<", "std::ostream& operator<<(std::ostream&, Bag const&)");
    MATCHES("operator->", "Ptr::operator->() const");
    MATCHES("operator new", "operator new(unsigned long)");
    MATCHES("operator()", "Less::operator()");
    FAILS("operator", "Less::operator()(int, int) const");
}

LP_TEST(function_glob, linkage_names_match)
{
    cr_expect(function_glob_matches("_Z5scalei", "scale(int)", "_Z5scalei"));
    cr_expect(function_glob_matches("_Z5scale*", "scale(int)", "_Z5scalei"));
    cr_expect(!function_glob_matches("_Z5scale", "scale(int)", "_Z5scalei"));
}

static void expect_stem(const char *name, const char *expected)
{
    CLEANUP(cleanup_free) char *stem = function_glob_stem(name);

    cr_expect_str_eq(stem, expected, "%s", name);
}

LP_TEST(function_glob, stem_and_last_part)
{
    expect_stem("work", "work");
    expect_stem("ns::scale(int) const", "ns::scale");
    expect_stem("int twice<int>(int)", "int twice");
    expect_stem("Less::operator()(int) const", "Less::operator()");
    expect_stem("bool operator><int>(A<int>)", "bool operator>");
    expect_stem("(anonymous namespace)::f()", "(anonymous namespace)::f");
    expect_stem("", "");
    expect_stem(")", ")");
    expect_stem("<lambda>", "<lambda>");
    cr_expect_str_eq(function_glob_last_part("int a::b<c::d>::twice"), "twice");
    cr_expect_str_eq(function_glob_last_part("Less::operator new"), "operator new");
}
