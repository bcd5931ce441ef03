/**
 * @file
 * What the instructions of call frame information say of one instruction of the code.
 *
 * @source DWARF 5 section 6.4.2
 */
#ifndef LPROF_PRELOAD_FRAME_ROWS_H
#define LPROF_PRELOAD_FRAME_ROWS_H

#include "preload/frame_bytes.h"

enum { FRAME_REGISTER_BP = 6, FRAME_REGISTER_SP = 7, FRAME_REGISTER_RA = 16 };

#define FRAME_STATES_MAX 8

/** How one register of the caller is found. */
struct frame_place {
    enum {
        FRAME_PLACE_KEPT,
        FRAME_PLACE_AT_CFA,
        FRAME_PLACE_AT_BP,
        FRAME_PLACE_UNDEFINED,
        FRAME_PLACE_OTHER
    } kind;
    int64_t offset;
};

/** What holds at an instruction. */
struct frame_row {
    enum { FRAME_CFA_IS_OTHER, FRAME_CFA_IS_REGISTER, FRAME_CFA_IS_AT_BP } cfa;
    uint64_t cfa_register;
    int64_t cfa_offset;
    struct frame_place bp;
    struct frame_place ra;
};

/** Begun with all that is not given zeroed. */
struct frame_program {
    uint64_t code_align;
    int64_t data_align;
    uint64_t at; ///< Where the row holds from.
    uint64_t pc; ///< Of which the row is wanted.
    struct frame_row row;
    struct frame_row first; ///< As the common entry leaves it: to be set by the caller.
    struct frame_row states[FRAME_STATES_MAX];
    size_t n_states;
};

/** Run up to the row that holds at `pc`. False when there is something that is not understood. */
bool frame_rows_run(struct frame_program *program, struct frame_bytes code);

#endif
