/**
 * @file
 * What an optimiser did to a line, as far as it shows: the footnotes beside the line's hits.
 *
 * Notes never change a count. They say why a count is not what the source suggests.
 */
#ifndef LPROF_CODE_LINE_NOTES_H
#define LPROF_CODE_LINE_NOTES_H

#include <stdint.h>

#include "code/block_lines.h"
#include "code/dominators.h"
#include "code/flow.h"
#include "code/line_map.h"
#include "code/loops.h"
#include "code/passes.h"

enum line_note {
    LINE_NOTE_VECTORISED =
        1, ///< Computes on several numbers at once in a loop: a hit is several rounds.
    LINE_NOTE_UNROLLED = 2,   ///< Stands several times in a row: a hit is up to that many rounds.
    LINE_NOTE_COPIES = 4,     ///< Stands at several places of a loop, or in several versions of it.
    LINE_NOTE_MOVED_OUT = 8,  ///< The source has it in a loop, the code before it.
    LINE_NOTE_JUMP_ONLY = 16, ///< Nothing but jumps; others may lead past them: a 0 can be wrong.
    LINE_NOTE_CHOICE = 32,    ///< Chooses without a branch: the line it chooses may have no code.
};

struct line_notes {
    uint32_t notes;    ///< Values of enum line_note.
    uint32_t unrolled; ///< How many times in a row; 0 without LINE_NOTE_UNROLLED.
    uint32_t copies;   ///< At how many places; 0 without LINE_NOTE_COPIES.
};

/** What line_notes_find() goes by. */
struct line_notes_input {
    const struct flow *flow;
    const struct line_map *map;
    const struct block_lines *lines;
    const struct dominators *dominators;
    const struct loops *loops;
    const struct passes *passes;
};

/** The notes of every slot. Free the array. */
struct line_notes *line_notes_find(const struct line_notes_input *input);

#endif
