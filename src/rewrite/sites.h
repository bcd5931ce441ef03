/**
 * @file
 * Where control comes to a function from outside, and which patches lead it into the copy.
 *
 * A springboard needs 5 bytes up to the next thing that must stay as it is: a call, which is executed
 * here, or the next site. With 2 to 4 bytes it is a short jump to a pad, a long jump in bytes that
 * nothing runs any more. With less, or without a pad in reach, the original runs on in place up to the
 * next call or springboard, which is sound where it does not branch; what is counted there is for
 * counting.h to settle.
 */
#ifndef LPROF_REWRITE_SITES_H
#define LPROF_REWRITE_SITES_H

#include "rewrite/copy.h"

/** Find them all. False when a way in can neither be patched nor left: the copy is refused. */
bool sites_find(struct copy *copy);

/** The site at an instruction, or NULL. */
const struct site *sites_at(const struct copy *copy, uint32_t insn);

/** The instruction behind a call where that is in the function; else COPY_NONE. */
uint32_t sites_return_of(const struct copy *copy, uint32_t call);

#endif
