/**
 * @file
 * A function of a file, made ready to be counted: its bytes, its flow, and its lines.
 *
 * Whoever places counters and whoever computes hits from them go by this, so both see the same blocks.
 */
#ifndef LPROF_CODE_FUNCTION_CODE_H
#define LPROF_CODE_FUNCTION_CODE_H

#include "code/flow.h"
#include "code/jump_table.h"
#include "code/line_rows.h"
#include "object/object.h"

struct function_code {
    struct flow_source source; ///< What `flow` is made from.
    struct flow flow;
    struct line_rows rows;
    uint32_t *room; ///< Per part, bytes of padding behind it: nops and the like, of no function.
    struct flow_part *parts;
    struct flow_pad *pads;
    size_t pads_capacity;
    struct jump_tables tables;
};

/**
 * Find the flow and the lines of a function.
 *
 * @param obj The file; is to live as long as the function's code.
 * @param entry Where the function starts.
 * @param ranges Its stretches of code, in any order. What the file does not have is left out.
 * @param[out] ret Free with function_code_deinit(). Untouched when the flow is not sure.
 * @param[out] doubt Why the flow is not sure.
 * @return Whether it is.
 */
bool function_code_init(struct function_code *ret, struct object *obj, uint64_t entry,
                        const struct object_range *ranges, size_t count, struct flow_doubt *doubt);

/** Free what it holds; a zeroed struct is allowed. */
void function_code_deinit(struct function_code *code);

#endif
