/**
 * @file
 * A laid out copy as bytes for the place that it will run at, and the patches that lead into it.
 */
#ifndef LPROF_REWRITE_EMIT_H
#define LPROF_REWRITE_EMIT_H

#include "rewrite/copy.h"

/** Where everything will be. */
struct emit_target {
    uint64_t addr;     ///< Of the copy.
    uint64_t counters; ///< Of slot 0.
};

/**
 * Write the copy.
 *
 * @param[out] ret copy->size bytes.
 * @return False when it refers to something that is out of reach from there: the copy is refused.
 */
bool emit_copy(struct copy *copy, const struct emit_target *target, uint8_t *ret);

/**
 * Make the patches.
 *
 * @param[out] ret Room for two per site and one per detour.
 * @return How many; 0 when the copy is out of reach of them: it is refused.
 */
size_t emit_patches(struct copy *copy, const struct emit_target *target, uint32_t function,
                    struct rewrite_patch *ret);

/**
 * Tell what the code stands for.
 *
 * @param[out] ret Room for copy->item_count * PROBE_STEPS + 1.
 * @return How many.
 */
size_t emit_places(const struct copy *copy, struct rewrite_place *ret);

/**
 * Write the table of a call through a pointer.
 *
 * @param at Where it will be.
 * @param[out] ret CALLEE_TABLE_MAX bytes at most.
 * @return False when something is out of reach from there.
 */
bool emit_table(const struct copy *copy, const struct emit_target *target, uint32_t call,
                uint64_t at, uint8_t *ret);

/** Write a jump of 5 bytes at `from` to `to`. False when that is too far. */
bool emit_long_jump(uint64_t from, uint64_t to, uint8_t ret[5]);

#endif
