/**
 * @file
 * Which source line an instruction is of, from the rows of the line table.
 *
 * A line is a file, a number, and the chain of call sites it was inlined at: a line of an inlined
 * function is another line at each of its copies. The caller numbers lines from 1; 0 is no line.
 */
#ifndef LPROF_CODE_LINE_MAP_H
#define LPROF_CODE_LINE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_NONE 0

/** One row. Of rows with equal addresses the last one counts. */
struct line_row {
    uint64_t addr;
    uint32_t line;   ///< LINE_NONE for line 0 and at the end of a sequence.
    uint32_t column; ///< 0 = not told.
    bool statement;  ///< A statement starts here (is_stmt).
};

/** What a line is. Only compared: the caller chooses the numbers. */
struct line_source {
    uint32_t file;
    uint32_t number; ///< As in the source, from 1.
    uint32_t chain;  ///< The call sites it was inlined at; 0 = not inlined.
};

struct line_map {
    const struct line_row *rows; ///< By address.
    size_t row_count;
    const struct line_source *lines; ///< lines[n - 1] is line n.
    uint32_t line_count;
};

/** The row that covers an address: the last one at or below it. NULL when there is none. */
const struct line_row *line_map_at(const struct line_map *map, uint64_t addr);

/** The rows that start at an address. */
const struct line_row *line_map_starting(const struct line_map *map, uint64_t addr,
                                         size_t *count_ret);

#endif
