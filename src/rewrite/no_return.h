/**
 * @file
 * Functions that do not return, as far as the code shows that calls them: a compiler writes nothing
 * behind a call that it knows not to come back.
 *
 * That is a guess: it may also know that of one call only. So nothing but counts goes by it, and those
 * only where nothing better can be had.
 */
#ifndef LPROF_REWRITE_NO_RETURN_H
#define LPROF_REWRITE_NO_RETURN_H

#include "rewrite/copy.h"

struct no_return {
    uint64_t *callees; ///< [count] By number, each once or more.
    size_t count;
};

/** Note the functions that end with calls. */
void no_return_init(struct no_return *ret, const struct copy *copies, size_t count);

/** Free what it holds. */
void no_return_deinit(struct no_return *no_return);

/** Whether the call is of such a function. */
bool no_return_has(const struct no_return *no_return, const struct copy *copy, uint32_t call);

#endif
