/**
 * @file
 * Reading a unit's line table with libdwarf: for what object/line_program.h does not know, and to
 * compare the two in tests.
 */
#ifndef LPROF_OBJECT_LINE_FALLBACK_H
#define LPROF_OBJECT_LINE_FALLBACK_H

#include <stdbool.h>

#include "object/compile_units.h"
#include "object/line_table.h"

/**
 * Read files and rows of a unit into an empty table; the caller calls line_table_finish(). The table
 * refers to strings of libdwarf's, which live until debug_info_close().
 *
 * @return False when libdwarf cannot read it either; the problem is counted.
 */
bool line_fallback_read(struct debug_info *info, const struct compile_unit *unit,
                        struct line_table *table);

#endif
