/**
 * @file
 * What counts the functions that a call through a pointer calls: up to REWRITE_CALLEES of them by address,
 * all others together.
 *
 * The table is made of counters: an address and a count for each function, in the order in which they are
 * first called, and the count of the others. The code stands before the call, where no flags are live. It
 * takes no register: an address in memory is read into rax, which is put onto the stack meanwhile; there
 * the call is about to write anyway.
 */
#ifndef LPROF_REWRITE_CALLEE_TABLE_H
#define LPROF_REWRITE_CALLEE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rewrite/rewrite.h"

/** Counters of a table. */
#define CALLEE_TABLE_SLOTS (2 * REWRITE_CALLEES + 1)

/** Most bytes of its code. */
#define CALLEE_TABLE_MAX 512

/** A call that has a table. */
struct callee_table {
    const uint8_t *call; ///< [call_size]
    uint8_t call_size;
    uint64_t call_addr;
    uint64_t addr;  ///< Where the code of the table will stand.
    uint64_t slots; ///< Distance of its first counter from the GS base.
};

/** The size of the code of a call's table [bytes]; 0 = the call can have none. */
uint32_t callee_table_size(const uint8_t *call, size_t call_size);

/** From where on, and up to where, the stack pointer is 8 bytes lower; both 0 = nowhere. */
void callee_table_pushed(const uint8_t *call, size_t call_size, uint32_t *from, uint32_t *to);

/**
 * Write the code of a table.
 *
 * @param[out] ret callee_table_size() bytes.
 * @return False when something is out of reach from there.
 */
bool callee_table_emit(const struct callee_table *table, uint8_t *ret);

#endif
