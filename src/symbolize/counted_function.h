/**
 * @file
 * One counted function of a module: from the counts of its instructions and of the ways between them to
 * the hits of its lines.
 */
#ifndef LPROF_SYMBOLIZE_COUNTED_FUNCTION_H
#define LPROF_SYMBOLIZE_COUNTED_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/flow.h"
#include "object/object.h"
#include "symbolize/counter_table.h"

/** A line of the source that has code in the function. */
struct counted_line {
    const struct object_function *function; ///< Innermost: the line is its own, maybe inlined here.
    const char *file;
    uint32_t line;
    uint64_t addr; ///< Of the first instruction of it.
    uint64_t hits;
    uint64_t instructions;
    uint64_t branches; ///< Conditional ones executed, where their ways were counted.
    uint64_t taken;    ///< Of these.
    struct profile_remarks remarks;
};

/**
 * Compute the hits of all lines.
 *
 * @param branches Which way each branch went was counted as well.
 * @param[out] ret Free the array. Untouched when the function's flow is not sure.
 * @param[out] n_ret How many lines.
 * @param[out] doubt Why the flow is not sure.
 * @return Whether it is.
 */
bool counted_function_lines(struct object *obj, const struct counter_table *counters,
                            uint64_t entry, bool branches, struct counted_line **ret, size_t *n_ret,
                            struct flow_doubt *doubt);

#endif
