/**
 * @file
 * Profiles made by chance, for properties that must hold for all of them. They are made of few
 * different things, so that two of them have much in common and some of it disagrees.
 */
#ifndef TESTS_SUPPORT_RANDOM_PROFILE_H
#define TESTS_SUPPORT_RANDOM_PROFILE_H

#include "profile/profile.h"

/** A sound profile; equal seeds give equal profiles. Free with profile_destroy(). */
struct profile *random_profile(uint64_t seed);

/** Everything in a profile as text, a line a thing, sorted; ids do not show. Free it. */
char *profile_text(const struct profile *profile);

#endif
