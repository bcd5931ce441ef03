#include "object/function_name.h"

#include <stdlib.h>

#include "support/test.h"

static void expect_demangled(const char *linkage_name, const char *expected)
{
    char *name = function_name_demangle(linkage_name);

    if (expected)
        cr_expect_str_eq(name ? name : "(none)", expected, "%s", linkage_name);
    else
        cr_expect_null(name, "%s is %s", linkage_name, name);
    free(name);
}

LP_TEST(function_name, cplusplus_has_parameters)
{
    expect_demangled("_Z8multiplyi", "multiply(int)");
    expect_demangled("_ZNK6shapes6Square4areaEv", "shapes::Square::area() const");
    expect_demangled("_ZN6shapes5ShapeC4Ei", "shapes::Shape::Shape(int)");
}

LP_TEST(function_name, rust_in_both_manglings)
{
    expect_demangled("_ZN4core3ptr13drop_in_place17h0123456789abcdefE", "core::ptr::drop_in_place");
    expect_demangled("_RNvCs1234_7mycrate3foo", "mycrate::foo");
}

LP_TEST(function_name, stubs_are_named_after_their_function)
{
    expect_demangled("_Z8multiplyi@plt", "multiply(int)@plt");
    expect_demangled("puts@plt", NULL);
    expect_demangled("_Z8multiplyi@plt2", NULL);
}

LP_TEST(function_name, d_is_told_by_its_prefix)
{
    expect_demangled("_D8demangle4testFiZv", "demangle.test(int)");
}

LP_TEST(function_name, fortran_has_its_module)
{
    expect_demangled("__waves_MOD_step", "waves::step");
    expect_demangled("__waves_MOD_", NULL);
    expect_demangled("___MOD_step", NULL);
    expect_demangled("waves_MOD_step", NULL);
}

static void expect_ada(const char *name, const char *expected)
{
    char *readable = function_name_ada(name);

    cr_expect_str_eq(readable, expected, "%s", name);
    free(readable);
}

LP_TEST(function_name, ada_has_its_packages)
{
    expect_ada("sums__maths__square", "sums.maths.square");
    expect_ada("sums__maths__square__2", "sums.maths.square");
    expect_ada("vectors__Oadd", "vectors.\"+\"");
    expect_ada("sums", "sums");
    expect_ada("Not_Ada", "Not_Ada");
}

LP_TEST(function_name, what_is_not_mangled_has_no_other_name)
{
    expect_demangled("main", NULL);
    expect_demangled("_Z", NULL);
    expect_demangled("_Display", NULL);
    expect_demangled("", NULL);
}

static void expect_plain(const char *symbol, const char *expected)
{
    char *name = function_name_plain(symbol);

    cr_expect_str_eq(name, expected, "%s", symbol);
    free(name);
}

LP_TEST(function_name, parts_and_copies_lose_what_compilers_added)
{
    expect_plain("work", "work");
    expect_plain("work.cold", "work");
    expect_plain("work.constprop.0.isra.0", "work");
    expect_plain("_Z3runl.part.0.cold", "_Z3runl");
    expect_plain("work.llvm.1234", "work");
    expect_plain("main.main", "main.main");
    expect_plain(".cold", ".cold");
}
