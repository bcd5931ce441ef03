/**
 * @file
 * Whether a glob names a function, as people name functions: whole, or without what the compiler adds.
 */
#ifndef LPROF_SELECT_FUNCTION_GLOB_H
#define LPROF_SELECT_FUNCTION_GLOB_H

#include <stdbool.h>

/**
 * Whether a glob matches a function's linkage name or its demangled name. Parameters, a return type,
 * template arguments at the end and leading namespaces may be left out: "push" names
 * "void Bag<int>::push<long>(long)", and so do "Bag<int>::push" and "push<long>(long)". A name that is
 * written out matches itself, whatever brackets are in it.
 */
bool function_glob_matches(const char *glob, const char *name, const char *linkage_name);

/** A demangled name without parameters, and without template arguments at its end. Free it. */
char *function_glob_stem(const char *name);

/** The last part of a name, behind its namespaces and return type. Points into `name`. */
const char *function_glob_last_part(const char *name);

#endif
