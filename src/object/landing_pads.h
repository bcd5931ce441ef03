/**
 * @file
 * Where exceptions land: the call-site table of a function (LSDA) in .gcc_except_table.
 *
 * @source Itanium C++ ABI: Exception Handling, section 7.1
 */
#ifndef LPROF_OBJECT_LANDING_PADS_H
#define LPROF_OBJECT_LANDING_PADS_H

#include "base/cursor.h"
#include "object/object.h"

/**
 * Read a call-site table.
 *
 * @param table The section from the table on.
 * @param addr File address of the table.
 * @param function Where the function starts that the table is of.
 * @param[out] ret Free it; NULL when there are none.
 * @return How many were read; what follows damage is left out.
 */
size_t landing_pads_read(struct cursor table, uint64_t addr, uint64_t function,
                         struct object_landing **ret);

#endif
