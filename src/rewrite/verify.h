/**
 * @file
 * The last check of a copy: original and copy are decoded side by side, whatever made the copy.
 *
 * Each instruction must be the same but for what has to differ: where its operands relative to it and
 * its jumps lead must be the same place, or its copy. All that stands between is counters of this
 * function, with their flags saved where they are live, and nops.
 */
#ifndef LPROF_REWRITE_VERIFY_H
#define LPROF_REWRITE_VERIFY_H

#include "rewrite/copy.h"
#include "rewrite/emit.h"

/** What was emitted. */
struct verify_input {
    struct emit_target target;
    const uint8_t *bytes; ///< copy->size bytes.
    const struct rewrite_patch *patches;
    size_t patch_count;
};

/** Check a copy and its patches. False when they are not as they must be: the copy is refused. */
bool verify_copy(struct copy *copy, const struct verify_input *input);

#endif
