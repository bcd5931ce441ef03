/**
 * @file
 * Reading a unit's functions and inlined calls with libdwarf: for what object/die_scan.h does not
 * know, and to compare the two in tests.
 */
#ifndef LPROF_OBJECT_INLINE_FALLBACK_H
#define LPROF_OBJECT_INLINE_FALLBACK_H

#include <stdbool.h>

#include "object/inline_tree.h"

/** Find the functions of a unit: the outer ones, or (deep) those inside others. */
void inline_fallback_functions(struct inline_tree *tree, bool is_deep);

/** Find the calls inlined into a function. */
void inline_fallback_calls(struct inline_tree *tree, struct inline_function *function);

#endif
