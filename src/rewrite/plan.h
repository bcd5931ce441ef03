/**
 * @file
 * What a plan holds, for the files that make one and those that read it.
 */
#ifndef LPROF_REWRITE_PLAN_H
#define LPROF_REWRITE_PLAN_H

#include "rewrite/copy.h"

struct rewrite_plan {
    struct copy *copies; ///< [count] Per function.
    size_t count;
    uint32_t size;  ///< [bytes] Of all copies.
    uint32_t slots; ///< Of all copies.
};

#endif
