/**
 * @file
 * Decoding the line program of a unit: the loop that most of the time of symbolizing goes to, so it
 * is our own (libdwarf takes about fifteen times as long and needs memory for every row). What this
 * decoder does not know, object/line_fallback.h reads with libdwarf.
 *
 * @source DWARF 5 section 6.2.4 and 6.2.5; DWARF 2 to 4 likewise
 */
#ifndef LPROF_OBJECT_LINE_PROGRAM_H
#define LPROF_OBJECT_LINE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "object/image.h"
#include "object/line_table.h"

/** The header of a line program. */
struct line_program {
    uint16_t version;
    uint8_t offset_size; ///< [bytes] 4 or 8.
    uint8_t insn_length; ///< [bytes] What addresses advance by.
    int8_t line_base;
    uint8_t line_range;
    uint8_t opcode_base;
    const uint8_t *opcode_lengths; ///< [opcode_base - 1]
    const uint8_t *begin;          ///< The opcodes.
    const uint8_t *end;
};

/**
 * Read the header of the program at an offset of .debug_line, and its files into `table`.
 *
 * @return False when it is damaged or of a kind that is not known here; the table may then hold some
 *         files.
 */
bool line_program_read(struct image *image, uint64_t offset, struct line_table *table,
                       struct line_program *ret);

/** Run the program: its rows go to `table`. False when it is damaged; what came before is kept. */
bool line_program_run(const struct line_program *program, struct line_table *table);

#endif
