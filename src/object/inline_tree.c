#include "object/inline_tree.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/mem.h"
#include "object/die.h"

// Deeper trees are damaged: the walk below is recursive.
#define DEPTH_MAX 256

// What the walk does at the DIEs of a kind.
enum part {
    PART_NONE, // Nothing of interest below.
    PART_FUNCTION,
    PART_NAMES, // Holds functions: a namespace.
    PART_TYPE,  // May hold functions: a class.
    PART_BLOCK, // Holds what its parent could hold.
    PART_INLINED,
};

static enum part part_of(uint16_t tag)
{
    switch (tag) {
    case DW_TAG_subprogram:
        return PART_FUNCTION;
    case DW_TAG_namespace:
    case DW_TAG_module:
        return PART_NAMES;
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
    case DW_TAG_interface_type:
        return PART_TYPE;
    case DW_TAG_lexical_block:
    case DW_TAG_try_block:
    case DW_TAG_catch_block:
    case DW_TAG_with_stmt:
        return PART_BLOCK;
    case DW_TAG_inlined_subroutine:
        return PART_INLINED;
    default:
        return PART_NONE;
    }
}

// Count a DIE that is looked at. False when there were more than the section has room for.
static bool spend(struct inline_tree *tree)
{
    if (tree->budget)
        tree->budget--;
    if (tree->budget == 1)
        debug_info_failed(tree->info, "tree of functions", NULL);
    return tree->budget > 1;
}

static void add_function(struct inline_tree *tree, Dwarf_Die die)
{
    size_t n_ranges = tree->addrs.count;

    die_add_ranges(tree->info, die, tree->base, (uint32_t)tree->count, &tree->addrs);
    // Declarations and functions that were always inlined have no code.
    if (tree->addrs.count == n_ranges)
        return;
    tree->functions =
        mem_grow(tree->functions, &tree->capacity, tree->count, sizeof *tree->functions);
    tree->functions[tree->count++] = (struct inline_function){.die = die_offset(tree->info, die)};
}

// Whether functions may stand below, and are looked for there.
static bool is_entered(enum part part, bool is_deep)
{
    return part == PART_NAMES || (is_deep && part != PART_NONE);
}

// Find the functions among the children of `parent`: the outer ones, or (deep) all that are inside others.
static void find_functions(struct inline_tree *tree, Dwarf_Die parent, bool is_deep, bool is_inside,
                           unsigned depth)
{
    if (depth > DEPTH_MAX)
        return;
    for (Dwarf_Die die = die_child(tree->info, parent); die; die = die_next(tree->info, die)) {
        if (!spend(tree)) {
            dwarf_dealloc_die(die);
            return;
        }
        enum part part = part_of(die_tag(tree->info, die));
        if (part == PART_FUNCTION && is_inside == is_deep)
            add_function(tree, die);
        if (is_entered(part, is_deep))
            find_functions(tree, die, is_deep, is_inside || part != PART_NAMES, depth + 1);
    }
}

static void find_from_root(struct inline_tree *tree, bool is_deep)
{
    Dwarf_Die root = die_at(tree->info, tree->root);

    if (!root)
        return;
    find_functions(tree, root, is_deep, false, 0);
    dwarf_dealloc_die(root);
}

struct inline_tree *inline_tree_create(struct debug_info *info, uint64_t root, uint64_t base)
{
    struct inline_tree *tree = mem_alloc(sizeof *tree);
    const struct image_section *section = image_section(info->image, ".debug_info");

    // A DIE has at least one byte, and is met a few times: by the search, the deep one, the expansion.
    tree->budget = section ? 4 * (uint64_t)section->n_bytes + 2 : 0;
    tree->info = info;
    tree->root = root;
    tree->base = base;
    find_from_root(tree, false);
    return tree;
}

void inline_tree_destroy(struct inline_tree *tree)
{
    if (!tree)
        return;
    for (size_t i = 0; i < tree->count; i++) {
        struct inline_function *function = &tree->functions[i];
        for (size_t k = 0; k < function->n_levels; k++)
            ranges_deinit(&function->levels[k]);
        free(function->levels);
        free(function->calls);
    }
    free(tree->functions);
    ranges_deinit(&tree->addrs);
    free(tree);
}

// Where the calls of a depth are kept. Depths come one by one, as calls stand behind those around them.
static struct ranges *level_of(struct inline_function *function, uint32_t depth)
{
    if (depth >= function->n_levels) {
        function->levels = mem_resize(function->levels, depth + 1u, sizeof *function->levels);
        function->levels[depth] = (struct ranges){0};
        function->n_levels = depth + 1u;
    }
    return &function->levels[depth];
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
    uint32_t depth = parent == INLINE_NONE ? 0 : function->calls[parent].depth + 1;
    uint32_t index = (uint32_t)function->n_calls;
    struct ranges *level = level_of(function, depth);
    size_t n_ranges = level->count;

    die_add_ranges(tree->info, die, tree->base, index, level);
    if (level->count == n_ranges)
        return INLINE_NONE;
    function->calls = mem_grow(function->calls, &function->call_capacity, function->n_calls,
                               sizeof *function->calls);
    function->calls[function->n_calls++] = (struct inline_call){
        .die = die_offset(tree->info, die),
        .parent = parent,
        .depth = depth,
        .call_file = number_of(tree->info, die, DW_AT_call_file),
        .call_line = number_of(tree->info, die, DW_AT_call_line),
        .call_column = number_of(tree->info, die, DW_AT_call_column),
    };
    return index;
}

static void find_calls(struct inline_tree *tree, struct inline_function *function, Dwarf_Die parent,
                       uint32_t parent_call, unsigned depth)
{
    if (depth > DEPTH_MAX)
        return;
    for (Dwarf_Die die = die_child(tree->info, parent); die; die = die_next(tree->info, die)) {
        if (!spend(tree)) {
            dwarf_dealloc_die(die);
            return;
        }
        enum part part = part_of(die_tag(tree->info, die));
        if (part == PART_BLOCK) {
            find_calls(tree, function, die, parent_call, depth + 1);
        } else if (part == PART_INLINED) {
            uint32_t call = add_call(tree, function, die, parent_call);
            if (call != INLINE_NONE)
                find_calls(tree, function, die, call, depth + 1);
        }
    }
}

static void expand(struct inline_tree *tree, struct inline_function *function)
{
    Dwarf_Die die = die_at(tree->info, function->die);

    function->is_expanded = true;
    if (!die)
        return;
    find_calls(tree, function, die, INLINE_NONE, 0);
    dwarf_dealloc_die(die);
}

const struct range *inline_tree_extent(struct inline_tree *tree, uint64_t addr)
{
    const struct range *range = ranges_find(&tree->addrs, addr);

    if (range || tree->is_deep)
        return range;
    tree->is_deep = true;
    find_from_root(tree, true);
    return ranges_find(&tree->addrs, addr);
}

const struct inline_function *inline_tree_find(struct inline_tree *tree, uint64_t addr)
{
    const struct range *range = inline_tree_extent(tree, addr);

    return range ? &tree->functions[range->value] : NULL;
}

const struct inline_function *inline_tree_function(struct inline_tree *tree, uint64_t addr)
{
    const struct range *range = inline_tree_extent(tree, addr);

    if (!range)
        return NULL;
    struct inline_function *function = &tree->functions[range->value];
    if (!function->is_expanded)
        expand(tree, function);
    return function;
}

uint32_t inline_tree_innermost(const struct inline_function *function, uint64_t addr)
{
    for (size_t depth = function->n_levels; depth-- > 0;) {
        const struct range *range = ranges_find(&function->levels[depth], addr);
        if (range)
            return range->value;
    }
    return INLINE_NONE;
}
