/**
 * @file
 * Tables of code addresses that a function may jump through: the places it takes the address of, and
 * what can be read there. Which of them it does jump through is for jump_table.h to say.
 */
#ifndef LPROF_CODE_ADDRESS_TABLE_H
#define LPROF_CODE_ADDRESS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/encoding.h"
#include "code/flow.h"
#include "code/jump_table.h"

/** The most entries of one table. */
#define ADDRESS_TABLE_MAX 65536

/** No bound was found. */
#define ADDRESS_TABLE_NO_BOUND 0

/** An instruction of the function. */
struct address_insn {
    uint64_t addr;
    struct encoding encoding;
};

/** An address that may be that of a table. */
struct address_table {
    uint64_t addr;
    size_t bound; ///< [entries] Of the jumps through it; ADDRESS_TABLE_NO_BOUND = not known.
    bool unbound; ///< A jump through it has no bound.
    bool at_most; ///< A bound is that of a mask: it may have fewer entries.
    bool used;    ///< A jump goes through it.
};

struct address_tables {
    const struct flow_source *source;
    const struct jump_table_memory *memory;
    struct address_insn *code; ///< By address, up to bytes that are no instruction in each part.
    size_t count;
    struct address_table *tables; ///< By address, each once.
    size_t table_count;
    uint64_t *labels; ///< Instructions of the function whose address it takes; some more than once.
    size_t label_count;
};

/** Decode a function and find what it takes the address of. Free with address_tables_deinit(). */
void address_tables_init(struct address_tables *ret, const struct flow_source *source,
                         const struct jump_table_memory *memory);

/** Free what it holds; a zeroed struct is allowed. */
void address_tables_deinit(struct address_tables *tables);

/** Whether an instruction loads from memory into a register, as is or sign-extended. */
bool address_table_is_load(const struct encoding *encoding);

/** Whether an instruction is an indirect jump. */
bool address_table_is_jump(const struct encoding *encoding);

/** The table whose address an instruction takes or indexes from, or NULL. */
struct address_table *address_table_in(struct address_tables *tables,
                                       const struct address_insn *insn);

/** Bytes of an entry: 4 for distances from the table, 8 for addresses; 0 when it reads as neither. */
size_t address_table_entry_size(const struct address_tables *tables,
                                const struct address_table *table);

/** How many entries of a size lead to instructions of the function before another table starts. */
size_t address_table_length(const struct address_tables *tables, const struct address_table *table,
                            size_t entry_size);

/**
 * Read one entry.
 *
 * @param[out] ret Where it leads; 0 for a hole.
 * @return False when it leads to no instruction that the function may jump to and is no hole.
 */
bool address_table_read(const struct address_tables *tables, const struct address_table *table,
                        size_t entry, size_t entry_size, uint64_t *ret);

#endif
