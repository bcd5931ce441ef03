/**
 * @file
 * What counting costs a program, estimated from what was counted.
 */
#ifndef LPROF_COLLECT_COUNTING_COST_H
#define LPROF_COLLECT_COUNTING_COST_H

#include "rewrite/rewrite.h"

/** CPU time [ns]. */
double counting_cost_ns(const struct rewrite_passes *passes);

#endif
