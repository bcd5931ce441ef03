/**
 * @file
 * Where the indirect jumps of a function lead: the tables of `switch`, and the labels of computed goto.
 *
 * What GCC and Clang write on x86-64: tables of 4-byte distances from the table's own start, tables of
 * 8-byte addresses, and labels whose address the function takes. As control flow runs all indirect
 * jumps of a function through one hub (flow.h), the targets are found for the function as a whole.
 */
#ifndef LPROF_CODE_JUMP_TABLE_H
#define LPROF_CODE_JUMP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/flow.h"

/** Reads what the loaded program will have at a file address. */
struct jump_table_memory {
    /** Copy `size` bytes to `ret`, relocated as at bias 0. False when they are not in the file. */
    bool (*read)(void *context, uint64_t addr, void *ret, size_t size);
    void *context;
};

struct jump_tables {
    struct flow_jump *jumps; ///< Every indirect jump of the function, by address.
    size_t jump_count;
    uint64_t *targets; ///< By address, each once.
    size_t target_count;
};

/**
 * Find them. Bytes that are no instructions end the search in their part; flow_init() refuses those.
 *
 * @param source Its entry and parts are used; what is found belongs into the rest of it.
 * @param[out] ret Free with jump_tables_deinit(). Untouched when they are not sure.
 * @param[out] doubt Why they are not sure.
 * @return Whether they are.
 */
bool jump_tables_init(struct jump_tables *ret, const struct flow_source *source,
                      const struct jump_table_memory *memory, struct flow_doubt *doubt);

/** Free what it holds; a zeroed struct is allowed. */
void jump_tables_deinit(struct jump_tables *tables);

#endif
