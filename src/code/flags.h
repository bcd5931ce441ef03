/**
 * @file
 * Where in a function the arithmetic flags may be overwritten: OF, SF, ZF, AF and PF, which `inc`
 * writes. CF it leaves alone.
 *
 * To take live flags for dead would break the program, to take dead ones for live costs a nanosecond:
 * an instruction ends their life only when it stands in a short list of those that write all five.
 */
#ifndef LPROF_CODE_FLAGS_H
#define LPROF_CODE_FLAGS_H

#include <stdbool.h>

#include "code/encoding.h"
#include "code/flow.h"

enum flags_effect {
    FLAGS_KEPT,
    FLAGS_READ,    ///< At least one of the five.
    FLAGS_WRITTEN, ///< All five, without reading any of them.
};

/** What an instruction does to the five flags; calls and the like aside. */
enum flags_effect flags_effect_of(const struct encoding *encoding);

/**
 * Find the instructions before which the flags are live. They are dead at a call, at a return, at an
 * indirect jump out of the function, and where exceptions land: no calling convention passes anything in
 * them. They are live at a direct jump out, which may lead into a split-off part.
 *
 * @param source What `flow` was made from.
 * @return [flow->insn_count] Free it.
 */
bool *flags_live(const struct flow *flow, const struct flow_source *source);

#endif
