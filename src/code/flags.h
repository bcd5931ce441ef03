/**
 * @file
 * Where in a function the arithmetic flags may be overwritten: OF, SF, ZF, AF and PF, which `inc`
 * writes. CF it leaves alone.
 *
 * To take live flags for dead would break the program, to take dead ones for live costs a nanosecond:
 * an instruction ends a flag's life only when it stands in a short list of those that surely write it.
 */
#ifndef LPROF_CODE_FLAGS_H
#define LPROF_CODE_FLAGS_H

#include <stdbool.h>

#include "code/encoding.h"
#include "code/flow.h"

enum flag {
    FLAG_OF = 1,
    FLAG_SF = 2,
    FLAG_ZF = 4,
    FLAG_AF = 8,
    FLAG_PF = 16,
    FLAGS_ALL = 31,
};

/** What an instruction does to the five: sets of enum flag. */
struct flags_effect {
    uint8_t read;
    uint8_t written;
};

/** What an instruction does to them; calls and the like aside. */
struct flags_effect flags_effect_of(const struct encoding *encoding);

/**
 * Find the instructions before which a flag is live. They are dead at a call, at a return, at an
 * indirect jump out of the function, and where exceptions land: no calling convention passes anything in
 * them. They are live at a direct jump out, which may lead into a split-off part.
 *
 * @param source What `flow` was made from.
 * @return [flow->insn_count] Free it.
 */
bool *flags_live(const struct flow *flow, const struct flow_source *source);

#endif
