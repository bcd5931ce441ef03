/**
 * @file
 * Where statements stand in the text of a function in C or C++: lines of which code of their own is to be
 * expected. A statement that has none was merged, moved or removed by the compiler.
 *
 * Declarations without an initialiser, assertions, labels, braces, else, empty lines, comments and
 * preprocessor lines are no statements; nor is what stands between #if and #endif, which may be left out, and
 * what stands in lambdas, local classes and nested functions, whose lines are those of other functions.
 */
#ifndef LPROF_RENDER_STATEMENTS_H
#define LPROF_RENDER_STATEMENTS_H

#include <stdint.h>

#include "report/source.h"

/**
 * Find the statements of the body that begins at or behind line `first`, up to line `last` (from 1).
 *
 * @return Per line from `first` on, the last line of a statement that begins there (of `if`, `for` and the
 *         like: of what stands in their parentheses), or 0. NULL when the text is of another language, or
 *         there is no body. Free it.
 */
uint32_t *statements_find(const struct source *source, uint32_t first, uint32_t last);

#endif
