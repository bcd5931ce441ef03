/**
 * @file
 * The functions of one compilation unit, and the calls that were inlined into each.
 *
 * The functions' addresses are read first; the calls inlined into a function are read when an
 * address inside it is asked for. Functions inside others (nested functions, local classes) are
 * only looked for when an address belongs to none of the outer ones.
 */
#ifndef LPROF_OBJECT_INLINE_TREE_H
#define LPROF_OBJECT_INLINE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "object/debug_info.h"
#include "object/die_scan.h"
#include "object/ranges.h"
#include "object/scopes.h"
#include "object/split_unit.h"

/** "Not in an inlined call, but in the function itself." */
#define INLINE_NONE UINT32_MAX

/** A call that was replaced by the code of the function called. */
struct inline_call {
    uint64_t origin;    ///< A reference to a DIE that leads to the function called.
    uint32_t parent;    ///< Index of the call around it, or INLINE_NONE.
    uint32_t depth;     ///< 0 = directly in the function.
    uint32_t call_file; ///< Number in the unit's line table.
    uint32_t call_line; ///< 0 = not told.
    uint32_t call_column;
};

/** A function that has code of its own. */
struct inline_function {
    uint64_t die;              ///< A reference (object/die_values.h).
    uint64_t origin;           ///< A reference to the DIE that this is a copy of, 0 = none.
    bool is_expanded;          ///< The rest was read.
    struct inline_call *calls; ///< [n_calls] A call stands behind the one around it.
    size_t n_calls;
    size_t call_capacity;
    struct ranges *levels; ///< [n_levels] The addresses of the calls of each depth.
    size_t n_levels;
};

struct inline_tree {
    struct debug_info *info; ///< Borrowed.
    uint64_t root;           ///< The unit's first DIE.
    uint64_t base;           ///< What ranges are relative to.
    struct die_scan scan;
    bool can_scan;                     ///< Else libdwarf reads the unit...
    bool is_split;                     ///< ...but not the split part of one.
    struct inline_function *functions; ///< [count]
    size_t count;
    size_t capacity;
    struct ranges addrs;  ///< Values are indices of functions.
    struct scopes scopes; ///< What its names are qualified with, once that was asked for.
    bool is_deep;         ///< Functions inside others were looked for.
    uint64_t budget;      ///< [bytes] That may still be read: damaged trees could go on for ever.
};

/** What a walk does at the DIEs of a kind. */
enum inline_part {
    INLINE_PART_NONE, ///< Nothing of interest below.
    INLINE_PART_FUNCTION,
    INLINE_PART_NAMES, ///< Holds functions: a namespace.
    INLINE_PART_TYPE,  ///< May hold functions: a class.
    INLINE_PART_BLOCK, ///< Holds what its parent could hold.
    INLINE_PART_CALL,
};

/**
 * Read the addresses of a unit's functions.
 *
 * @param unit Offset of the unit's header; `root` of its first DIE; `base` its low pc.
 */
struct inline_tree *inline_tree_create(struct debug_info *info, uint64_t unit, uint64_t root,
                                       uint64_t base);

/** The same for a unit whose functions are in its split part, which must outlive the tree. */
struct inline_tree *inline_tree_create_split(struct debug_info *info,
                                             const struct unit_root *skeleton,
                                             const struct split_unit *split);

/** Free it. NULL is allowed. */
void inline_tree_destroy(struct inline_tree *tree);

/** Read all functions, those inside others too, with their calls. */
void inline_tree_read_all(struct inline_tree *tree);

/** The stretch of a function's code that holds the address, or NULL. */
const struct range *inline_tree_extent(struct inline_tree *tree, uint64_t addr);

/** Among the functions found so far the one that holds the address, or NULL. Moves none of them. */
const struct inline_function *inline_tree_find(struct inline_tree *tree, uint64_t addr);

/**
 * The function that holds the address, with its calls read, or NULL. Valid until an address is asked
 * for that is in no function found so far.
 */
const struct inline_function *inline_tree_function(struct inline_tree *tree, uint64_t addr);

/** The innermost inlined call of a function at an address, or INLINE_NONE. */
uint32_t inline_tree_innermost(const struct inline_function *function, uint64_t addr);

/** What a walk does at a DIE with this tag. For the two walks: here, and with libdwarf. */
enum inline_part inline_tree_part(uint16_t tag);

/** Whether a search for functions goes on below: for the outer ones, or for those inside (deep). */
bool inline_tree_is_entered(enum inline_part part, bool is_deep);

/** Add the function whose ranges, if it has any, were just added to `addrs`. */
void inline_tree_push_function(struct inline_tree *tree, uint64_t die, uint64_t origin);

/** Where the addresses of a call below `parent` are to be added, with the value `n_calls`. */
struct ranges *inline_tree_level(struct inline_function *function, uint32_t parent);

/** Add the call whose ranges were just added to its level. Returns its index. */
uint32_t inline_tree_push_call(struct inline_function *function, const struct inline_call *call);

#endif
