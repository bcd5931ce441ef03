/**
 * @file
 * What happens in a function when an exception passes: its table (LSDA) in .gcc_except_table. The first
 * part of it, the call sites, is the same in all languages; actions and types are the language's own, and
 * only their places are told.
 *
 * @source Itanium C++ ABI: Exception Handling, section 7.1
 */
#ifndef LPROF_OBJECT_EXCEPTION_TABLE_H
#define LPROF_OBJECT_EXCEPTION_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define EXCEPTION_NO_TYPES 0xff

/** Exceptions that leave [begin, end) go on at `pad`. */
struct exception_site {
    uint64_t begin;
    uint64_t end;
    uint64_t pad;    ///< 0 = in the caller.
    uint64_t action; ///< Distance of its action from that of all of them, plus 1; 0 = it has none.
};

/** A table. All addresses are file addresses. */
struct exception_table {
    uint64_t base;                ///< No pad lies here or before.
    uint8_t type_encoding;        ///< EXCEPTION_NO_TYPES = there are none.
    uint64_t types;               ///< Behind the table of types.
    uint64_t actions;             ///< Of the actions.
    struct exception_site *sites; ///< [n_sites] As they stand there: by address.
    size_t n_sites;
};

/**
 * Read a table.
 *
 * @param table The section from the table on.
 * @param addr File address of the table.
 * @param function Where the function starts that the table is of.
 * @param[out] ret Free it with exception_table_deinit(). Sites that follow damage are left out.
 */
void exception_table_read(struct cursor table, uint64_t addr, uint64_t function,
                          struct exception_table *ret);

/** Free it; a zeroed table is allowed. */
void exception_table_deinit(struct exception_table *table);

#endif
