/**
 * @file
 * Where the index of a jump table came from, going back from where it is used: through moves, from
 * register to register and from memory. What checked it there checked the index.
 */
#ifndef LPROF_CODE_INDEX_ORIGIN_H
#define LPROF_CODE_INDEX_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "code/encoding.h"

enum index_origin_kind {
    INDEX_ORIGIN_UNKNOWN, ///< It was computed: what is before is of another value.
    INDEX_ORIGIN_REGISTER,
    INDEX_ORIGIN_MEMORY,
};

struct index_origin {
    enum index_origin_kind kind;
    uint8_t reg;            ///< Of a REGISTER.
    struct encoding memory; ///< Of MEMORY: an instruction whose operand it is.
    uint8_t other;          ///< The index if `reg` turns out to hold the table; or NO_REGISTER.
};

/** The index of an operand that reads a table. */
struct index_origin index_origin_of(const struct encoding *use);

/** Go back over an instruction. */
void index_origin_before(struct index_origin *origin, const struct encoding *e);

/** Whether the operand of a comparison or mask with a number is the index. */
bool index_origin_is_operand(const struct index_origin *origin, const struct encoding *e);

#endif
