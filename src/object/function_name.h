/**
 * @file
 * Names of functions as people read them.
 */
#ifndef LPROF_OBJECT_FUNCTION_NAME_H
#define LPROF_OBJECT_FUNCTION_NAME_H

/**
 * Demangle a linkage name: C++ with parameters, Rust (v0 and legacy), D, procedures of Fortran modules as
 * "module::procedure". "@plt" at its end stays there.
 *
 * @return Free it; NULL when the name is not mangled.
 */
char *function_name_demangle(const char *linkage_name);

/** What the source calls a function that GNAT calls so: "sums.total" for "sums__total". Free it. */
char *function_name_ada(const char *name);

/**
 * A symbol's name without what compilers add to the parts and copies of a function: ".cold",
 * ".part.0", ".isra.0", ".constprop.0", ".lto_priv.0", ".llvm.123".
 *
 * @return Free it.
 */
char *function_name_plain(const char *symbol);

#endif
