/**
 * @file
 * Profiles made by hand: stacks written as text.
 *
 * "leaf:3 < hot:7 ; main:20" is a stack, innermost first: `<` is "inlined in", `;` is "called from". A
 * frame is NAME:LINE, and more where it matters: MODULE!NAME:LINE@FILE(DECLARED). Without a module it
 * lies in the program /app/prog, without a file in /app/prog.c, declared at line 1. NAME alone has no
 * file and no line, as a symbol. "?" lies in no module.
 */
#ifndef TESTS_SUPPORT_HAND_PROFILE_H
#define TESTS_SUPPORT_HAND_PROFILE_H

#include "profile/profile.h"

/** A profile of the command /app/prog; free with profile_destroy(). */
struct profile *hand_profile_create(void);

/** Add samples with this stack, `ns` in all. */
void hand_profile_add(struct profile *profile, const char *stack, int64_t samples, int64_t ns);

#endif
