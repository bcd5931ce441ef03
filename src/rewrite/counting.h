/**
 * @file
 * Which slot counts which part and edge of a function, and what is counted otherwise.
 *
 * A part is counted at its start, in the copy. Where control may also come to it in the original (see
 * sites.h) the copy's counter does not see it; then the next call, which all of them make there, is led
 * over a counter on its way to what it calls: a detour. A call that is too short for that is counted
 * in advance: the part of the call before it counts for it too, which is wrong only where that call
 * does not return and no_return.h does not know.
 */
#ifndef LPROF_REWRITE_COUNTING_H
#define LPROF_REWRITE_COUNTING_H

#include "rewrite/copy.h"

/** Settle all. False when something cannot be counted: the copy is refused. */
bool counting_settle(struct copy *copy);

/** What is counted, from the slots of all copies. */
uint64_t counting_value(const struct copy *copy, struct counting counting, const uint64_t *slots);

/** Whether the target of a call can be replaced, all its bytes staying where they are. */
bool counting_can_detour(const struct copy *copy, uint32_t call);

#endif
