/**
 * @file
 * One profile out of many: samples of equal stacks add up; the order of merging does not matter.
 */
#ifndef LPROF_PROFILE_MERGE_H
#define LPROF_PROFILE_MERGE_H

#include "profile/profile.h"

/** Add everything in `from` to `into`. */
void merge_into(struct profile *into, const struct profile *from);

#endif
