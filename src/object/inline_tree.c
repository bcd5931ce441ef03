#include "object/inline_tree.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/mem.h"
#include "object/inline_fallback.h"

// Deeper trees are damaged.
#define DEPTH_MAX 256

enum inline_part inline_tree_part(uint16_t tag)
{
    switch (tag) {
    case DW_TAG_subprogram:
        return INLINE_PART_FUNCTION;
    case DW_TAG_namespace:
    case DW_TAG_module:
        return INLINE_PART_NAMES;
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
    case DW_TAG_interface_type:
        return INLINE_PART_TYPE;
    case DW_TAG_lexical_block:
    case DW_TAG_try_block:
    case DW_TAG_catch_block:
    case DW_TAG_with_stmt:
        return INLINE_PART_BLOCK;
    case DW_TAG_inlined_subroutine:
        return INLINE_PART_CALL;
    default:
        return INLINE_PART_NONE;
    }
}

bool inline_tree_is_entered(enum inline_part part, bool is_deep)
{
    return part == INLINE_PART_NAMES || (is_deep && part != INLINE_PART_NONE);
}

void inline_tree_push_function(struct inline_tree *tree, uint64_t die, uint64_t origin)
{
    const struct ranges *addrs = &tree->addrs;

    // Declarations and functions that were always inlined have no code.
    if (!addrs->count || addrs->items[addrs->count - 1].value != tree->count)
        return;
    tree->functions =
        mem_grow(tree->functions, &tree->capacity, tree->count, sizeof *tree->functions);
    tree->functions[tree->count++] = (struct inline_function){.die = die, .origin = origin};
}

struct ranges *inline_tree_level(struct inline_function *function, uint32_t parent)
{
    // Depths come one by one, as calls stand behind those around them.
    size_t depth = parent == INLINE_NONE ? 0 : function->calls[parent].depth + 1u;

    if (depth >= function->n_levels) {
        function->levels = mem_resize(function->levels, depth + 1, sizeof *function->levels);
        function->levels[depth] = (struct ranges){0};
        function->n_levels = depth + 1;
    }
    return &function->levels[depth];
}

uint32_t inline_tree_push_call(struct inline_function *function, const struct inline_call *call)
{
    function->calls = mem_grow(function->calls, &function->call_capacity, function->n_calls,
                               sizeof *function->calls);
    struct inline_call *added = &function->calls[function->n_calls];
    *added = *call;
    added->depth = call->parent == INLINE_NONE ? 0 : function->calls[call->parent].depth + 1;
    return (uint32_t)function->n_calls++;
}

static void forget_calls(struct inline_function *function)
{
    for (size_t i = 0; i < function->n_levels; i++)
        ranges_deinit(&function->levels[i]);
    free(function->levels);
    free(function->calls);
    function->levels = NULL;
    function->calls = NULL;
    function->n_levels = function->n_calls = function->call_capacity = 0;
}

static void add_function(struct inline_tree *tree, const struct die_fields *die)
{
    if (!die_scan_add_ranges(&tree->scan, die, (uint32_t)tree->count, &tree->addrs))
        debug_info_failed(tree->info, "range list", NULL);
    inline_tree_push_function(tree, tree->scan.file + die->offset, die->origin);
}

// Find the functions of the unit: the outer ones, or (deep) those inside others. False when something
// is not known.
static bool scan_functions(struct inline_tree *tree, bool is_deep)
{
    struct die_scan *scan = &tree->scan;
    struct die_fields die;
    size_t depth = 0;
    size_t inside = 0; // The depth of what stands in the outermost function or class.

    die_scan_seek(scan, tree->root);
    do {
        if (!die_scan_next(scan, &die))
            break;
        if (!die.tag) {
            depth--;
            inside = depth < inside ? 0 : inside;
            continue;
        }
        enum inline_part part = depth ? inline_tree_part(die.tag) : INLINE_PART_NAMES;
        if (part == INLINE_PART_FUNCTION && (inside != 0) == is_deep)
            add_function(tree, &die);
        if (!die.has_children)
            continue;
        if (!inline_tree_is_entered(part, is_deep)) {
            die_scan_skip_children(scan, &die);
            continue;
        }
        depth++;
        if (!inside && part != INLINE_PART_NAMES)
            inside = depth;
    } while (depth);
    return !scan->cursor.failed;
}

static void find_functions(struct inline_tree *tree, bool is_deep)
{
    size_t n_functions = tree->count;
    size_t n_ranges = tree->addrs.count;

    if (tree->can_scan && scan_functions(tree, is_deep))
        return;
    tree->can_scan = false;
    tree->count = n_functions;
    tree->addrs.count = n_ranges;
    if (tree->is_split)
        debug_info_failed(tree->info, "split debug info", NULL);
    else
        inline_fallback_functions(tree, is_deep);
}

// Once its scan is ready. Each function is expanded once; only nested ones are passed more than once.
static void start(struct inline_tree *tree, struct image *image)
{
    const struct image_section *section = image_section(image, ".debug_info");

    tree->budget = section ? 8 * (uint64_t)section->n_bytes : 0;
    find_functions(tree, false);
}

struct inline_tree *inline_tree_create(struct debug_info *info, uint64_t unit, uint64_t root,
                                       uint64_t base)
{
    struct inline_tree *tree = mem_alloc(sizeof *tree);

    tree->info = info;
    tree->root = root;
    tree->base = base;
    tree->can_scan = die_scan_init(&tree->scan, info->image, unit);
    start(tree, info->image);
    return tree;
}

struct inline_tree *inline_tree_create_split(struct debug_info *info,
                                             const struct unit_root *skeleton,
                                             const struct split_unit *split)
{
    struct inline_tree *tree = mem_alloc(sizeof *tree);
    struct range_source source;

    range_lists_init(&source, info->image, &skeleton->context.header.format);
    source.address_base = skeleton->address_base;
    source.base = skeleton->base;
    tree->info = info;
    tree->root = split->context.header.root;
    tree->base = skeleton->base;
    tree->is_split = true;
    tree->can_scan =
        die_scan_init_split(&tree->scan, &split->context, &source, skeleton->ranges_base);
    start(tree, split->image);
    return tree;
}

void inline_tree_destroy(struct inline_tree *tree)
{
    if (!tree)
        return;
    for (size_t i = 0; i < tree->count; i++)
        forget_calls(&tree->functions[i]);
    free(tree->functions);
    ranges_deinit(&tree->addrs);
    scopes_deinit(&tree->scopes);
    die_scan_deinit(&tree->scan);
    free(tree);
}

static uint32_t number_of(uint64_t value)
{
    return value <= UINT32_MAX ? (uint32_t)value : 0;
}

// Add an inlined call. INLINE_NONE when it has no code.
static uint32_t add_call(struct inline_tree *tree, struct inline_function *function,
                         const struct die_fields *die, uint32_t parent)
{
    struct ranges *level = inline_tree_level(function, parent);
    size_t n_ranges = level->count;

    if (!die_scan_add_ranges(&tree->scan, die, (uint32_t)function->n_calls, level))
        debug_info_failed(tree->info, "range list", NULL);
    if (level->count == n_ranges)
        return INLINE_NONE;
    struct inline_call call = {
        .origin = die->origin ? die->origin : tree->scan.file + die->offset,
        .parent = parent,
        .call_file = number_of(die->call_file),
        .call_line = number_of(die->call_line),
        .call_column = number_of(die->call_column),
    };
    return inline_tree_push_call(function, &call);
}

// Find the calls inlined into a function. False when something is not known.
static bool scan_calls(struct inline_tree *tree, struct inline_function *function)
{
    struct die_scan *scan = &tree->scan;
    uint32_t parents[DEPTH_MAX]; // By depth: the call that DIEs there stand in.
    size_t depth = 0;
    struct die_fields die;

    die_scan_seek(scan, function->die & DIE_OFFSET);
    if (!die_scan_next(scan, &die) || !die.has_children)
        return !scan->cursor.failed;
    parents[++depth] = INLINE_NONE;
    while (depth && die_scan_next(scan, &die)) {
        if (!die.tag) {
            depth--;
            continue;
        }
        enum inline_part part = inline_tree_part(die.tag);
        uint32_t parent = parents[depth];
        if (part == INLINE_PART_CALL)
            parent = add_call(tree, function, &die, parent);
        bool is_entered =
            part == INLINE_PART_BLOCK || (part == INLINE_PART_CALL && parent != INLINE_NONE);
        if (!die.has_children)
            continue;
        if (is_entered && depth + 1 < DEPTH_MAX)
            parents[++depth] = parent;
        else
            die_scan_skip_children(scan, &die);
    }
    return !scan->cursor.failed;
}

static void fall_back(struct inline_tree *tree, struct inline_function *function)
{
    if (tree->is_split)
        debug_info_failed(tree->info, "split debug info", NULL);
    else
        inline_fallback_calls(tree, function);
}

static void expand(struct inline_tree *tree, struct inline_function *function)
{
    function->is_expanded = true;
    if (tree->can_scan) {
        bool ok = scan_calls(tree, function);
        uint64_t used =
            (uint64_t)(tree->scan.cursor.pos - tree->scan.section) - (function->die & DIE_OFFSET);
        if (!ok) {
            forget_calls(function);
            fall_back(tree, function);
        }
        // Only damage makes functions overlap so much that this runs out.
        tree->budget -= used < tree->budget ? used : tree->budget;
    } else {
        fall_back(tree, function);
    }
}

static void find_inner_functions(struct inline_tree *tree)
{
    if (tree->is_deep)
        return;
    tree->is_deep = true;
    find_functions(tree, true);
}

void inline_tree_read_all(struct inline_tree *tree)
{
    find_inner_functions(tree);
    for (size_t i = 0; i < tree->count && tree->budget; i++)
        if (!tree->functions[i].is_expanded)
            expand(tree, &tree->functions[i]);
}

const struct range *inline_tree_extent(struct inline_tree *tree, uint64_t addr)
{
    const struct range *range = ranges_find(&tree->addrs, addr);

    if (range || tree->is_deep)
        return range;
    find_inner_functions(tree);
    return ranges_find(&tree->addrs, addr);
}

const struct inline_function *inline_tree_find(struct inline_tree *tree, uint64_t addr)
{
    const struct range *range = ranges_find(&tree->addrs, addr);

    return range ? &tree->functions[range->value] : NULL;
}

const struct inline_function *inline_tree_function(struct inline_tree *tree, uint64_t addr)
{
    const struct range *range = inline_tree_extent(tree, addr);

    if (!range)
        return NULL;
    struct inline_function *function = &tree->functions[range->value];
    if (!function->is_expanded && tree->budget)
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
