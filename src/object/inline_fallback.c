#include "object/inline_fallback.h"

#include <dwarf.h>

#include "object/die.h"

// Deeper trees are damaged: the walks are recursive.
#define DEPTH_MAX 256

// Count a DIE that is looked at. False when there were more than the section has room for.
static bool spend(struct inline_tree *tree)
{
    if (tree->budget == 1)
        debug_info_failed(tree->info, "tree of functions", NULL);
    if (tree->budget)
        tree->budget--;
    return tree->budget;
}

static void add_function(struct inline_tree *tree, Dwarf_Die die)
{
    uint64_t origin = 0;

    die_add_ranges(tree->info, die, tree->base, (uint32_t)tree->count, &tree->addrs);
    die_reference(tree->info, die, DW_AT_abstract_origin, &origin);
    inline_tree_push_function(tree, die_offset(tree->info, die), origin);
}

static void walk_functions(struct inline_tree *tree, Dwarf_Die parent, bool is_deep, bool is_inside,
                           unsigned depth)
{
    if (depth > DEPTH_MAX)
        return;
    for (Dwarf_Die die = die_child(tree->info, parent); die; die = die_next(tree->info, die)) {
        if (!spend(tree)) {
            dwarf_dealloc_die(die);
            return;
        }
        enum inline_part part = inline_tree_part(die_tag(tree->info, die));
        if (part == INLINE_PART_FUNCTION && is_inside == is_deep)
            add_function(tree, die);
        if (inline_tree_is_entered(part, is_deep))
            walk_functions(tree, die, is_deep, is_inside || part != INLINE_PART_NAMES, depth + 1);
    }
}

void inline_fallback_functions(struct inline_tree *tree, bool is_deep)
{
    Dwarf_Die root = die_at(tree->info, tree->root);

    if (!root)
        return;
    walk_functions(tree, root, is_deep, false, 0);
    dwarf_dealloc_die(root);
}

static uint32_t number_of(struct debug_info *info, Dwarf_Die die, uint16_t attribute)
{
    uint64_t value = 0;

    return die_number(info, die, attribute, &value) && value <= UINT32_MAX ? (uint32_t)value : 0;
}

// Add an inlined call. INLINE_NONE when it has no code.
static uint32_t add_call(struct inline_tree *tree, struct inline_function *function, Dwarf_Die die,
                         uint32_t parent)
{
    struct ranges *level = inline_tree_level(function, parent);
    size_t n_ranges = level->count;
    struct inline_call call = {.parent = parent};

    die_add_ranges(tree->info, die, tree->base, (uint32_t)function->n_calls, level);
    if (level->count == n_ranges)
        return INLINE_NONE;
    if (!die_reference(tree->info, die, DW_AT_abstract_origin, &call.origin))
        call.origin = die_offset(tree->info, die);
    call.call_file = number_of(tree->info, die, DW_AT_call_file);
    call.call_line = number_of(tree->info, die, DW_AT_call_line);
    call.call_column = number_of(tree->info, die, DW_AT_call_column);
    return inline_tree_push_call(function, &call);
}

static void walk_calls(struct inline_tree *tree, struct inline_function *function, Dwarf_Die parent,
                       uint32_t parent_call, unsigned depth)
{
    if (depth > DEPTH_MAX)
        return;
    for (Dwarf_Die die = die_child(tree->info, parent); die; die = die_next(tree->info, die)) {
        if (!spend(tree)) {
            dwarf_dealloc_die(die);
            return;
        }
        enum inline_part part = inline_tree_part(die_tag(tree->info, die));
        uint32_t call = parent_call;
        if (part == INLINE_PART_CALL)
            call = add_call(tree, function, die, parent_call);
        if (part == INLINE_PART_BLOCK || (part == INLINE_PART_CALL && call != INLINE_NONE))
            walk_calls(tree, function, die, call, depth + 1);
    }
}

void inline_fallback_calls(struct inline_tree *tree, struct inline_function *function)
{
    Dwarf_Die die = die_at(tree->info, function->die);

    if (!die)
        return;
    walk_calls(tree, function, die, INLINE_NONE, 0);
    dwarf_dealloc_die(die);
}
