/**
 * @file
 * Which lines of a source text look like statements that a compiler makes code of.
 *
 * Only the text is looked at, in the way of C and its relatives, so this is a guess, and made to say no
 * rather than yes: a line that it takes for a statement is one.
 */
#ifndef LPROF_RENDER_STATEMENT_H
#define LPROF_RENDER_STATEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "report/source.h"

/** Whether a whole statement with something to do stands on a line of a function that begins at `first`. */
bool statement_is_on(const struct source *source, uint32_t first, uint32_t line);

#endif
