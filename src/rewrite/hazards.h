/**
 * @file
 * Code that is not copied, as it would not do the same elsewhere or beside counters.
 */
#ifndef LPROF_REWRITE_HAZARDS_H
#define LPROF_REWRITE_HAZARDS_H

#include "rewrite/copy.h"

/** Look for it. Needs `live`. False when there is some: the copy is refused. */
bool hazards_check(struct copy *copy);

#endif
