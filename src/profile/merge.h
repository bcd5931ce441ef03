/**
 * @file
 * One profile out of many: samples of equal stacks add up; the order of merging does not matter.
 *
 * Merging is commutative and associative, and an empty profile changes nothing. Of what differs:
 * times and counts add up, the earliest date and the largest exit status and rate stay, modes become
 * "mixed", and of other texts, commands included, the smaller stays. A location without lines takes
 * those of the other side.
 */
#ifndef LPROF_PROFILE_MERGE_H
#define LPROF_PROFILE_MERGE_H

#include "profile/profile.h"

/** Add everything in `from` to `into`. */
void merge_into(struct profile *into, const struct profile *from);

#endif
