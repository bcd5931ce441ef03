#include "object/functions.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "object/function_name.h"
#include "object/inline_tree.h"
#include "object/unit_dies.h"

// @source dwarfstd.org, "DWARF Language Codes"
#define ADA_2005 0x2e
#define ADA_2012 0x2f

// Longer chains of origins and specifications go round in circles.
#define CHAIN_MAX 16

// Interned strings, so that keys compare as bytes.
struct function_key {
    const char *linkage_name;
    const char *file;
    uint64_t line;
};

struct function_entry {
    struct function_key key;
    struct object_function function;
    UT_hash_handle hh;
};

struct function_die {
    uint64_t offset;
    const struct object_function *function; // May be NULL.
    UT_hash_handle hh;
};

void functions_init(struct functions *functions, struct string_pool *strings,
                    struct symbols *symbols, struct compile_units *units)
{
    *functions = (struct functions){.strings = strings, .symbols = symbols, .units = units};
}

void functions_deinit(struct functions *functions)
{
    struct function_entry *entry;
    struct function_entry *next_entry;
    struct function_die *die;
    struct function_die *next_die;

    HASH_ITER(hh, functions->by_name, entry, next_entry)
    {
        HASH_DEL(functions->by_name, entry);
        free(entry);
    }
    HASH_ITER(hh, functions->by_die, die, next_die)
    {
        HASH_DEL(functions->by_die, die);
        free(die);
    }
}

// `plain_name` is what the source calls it, for languages that do not mangle.
static const struct object_function *intern(struct functions *functions, const char *linkage_name,
                                            const char *plain_name, const char *file, uint32_t line)
{
    struct function_key key = {
        .linkage_name = string_pool_add(functions->strings, linkage_name),
        .file = file,
        .line = line,
    };
    struct function_entry *entry;

    HASH_FIND(hh, functions->by_name, &key, sizeof key, entry);
    if (entry)
        return &entry->function;
    CLEANUP(cleanup_free) char *readable = function_name_demangle(linkage_name);
    entry = mem_alloc(sizeof *entry);
    entry->key = key;
    entry->function = (struct object_function){
        .name = string_pool_add(functions->strings, readable && *readable ? readable : plain_name),
        .linkage_name = key.linkage_name,
        .file = file,
        .line = line,
    };
    HASH_ADD(hh, functions->by_name, key, sizeof entry->key, entry);
    return &entry->function;
}

// What is known of a function, gathered along the chain that leads to its first declaration.
struct declaration {
    uint64_t origin; // The DIE that all copies come from.
    uint64_t first;  // Its first declaration: where it stands in namespaces and classes.
    const char *linkage_name;
    const char *name;
    struct compile_unit *unit; // Whose line table `file` is a number in; NULL = no file told.
    uint64_t file;
    uint64_t line; // 0 = not told.
};

enum {
    ORIGIN,
    SPECIFICATION,
    LINKAGE_NAME,
    MIPS_LINKAGE_NAME,
    NAME,
    DECL_FILE,
    DECL_LINE,
    N_VALUES,
};

static const uint16_t declaration_names[N_VALUES] = {
    [ORIGIN] = DW_AT_abstract_origin,
    [SPECIFICATION] = DW_AT_specification,
    [LINKAGE_NAME] = DW_AT_linkage_name,
    [MIPS_LINKAGE_NAME] = DW_AT_MIPS_linkage_name,
    [NAME] = DW_AT_name,
    [DECL_FILE] = DW_AT_decl_file,
    [DECL_LINE] = DW_AT_decl_line,
};

// A definition tells only what differs from its declaration, so the first that tells wins.
static void gather(struct compile_units *units, const struct die_value *values, uint64_t die,
                   struct declaration *ret)
{
    if (!ret->origin)
        ret->origin = die;
    ret->first = die;
    if (!ret->linkage_name)
        ret->linkage_name = values[LINKAGE_NAME].text;
    if (!ret->linkage_name)
        ret->linkage_name = values[MIPS_LINKAGE_NAME].text;
    if (!ret->name)
        ret->name = values[NAME].text;
    if (!ret->line)
        ret->line = values[DECL_LINE].number;
    if (!ret->unit && values[DECL_FILE].form) {
        ret->file = values[DECL_FILE].number;
        ret->unit = compile_units_of_die(units, die);
    }
}

// Follow copies to their origin, then definitions to their declarations.
static struct declaration declaration_of(struct compile_units *units, uint64_t die)
{
    struct declaration found = {0};
    struct die_value values[N_VALUES];

    for (int i = 0; i < CHAIN_MAX; i++) {
        if (!unit_dies_read(units, die, declaration_names, N_VALUES, values))
            break;
        if (unit_dies_reference(&values[ORIGIN], &die))
            continue;
        gather(units, values, die, &found);
        if (!unit_dies_reference(&values[SPECIFICATION], &die))
            break;
    }
    return found;
}

// The mangled symbol of the copy of a function in a unit, or NULL.
static char *name_of_copy_in(struct functions *functions, struct compile_unit *unit,
                             uint64_t origin)
{
    const struct inline_tree *tree = compile_units_inlines(unit);

    for (size_t i = 0; i < tree->addrs.count; i++) {
        const struct range *range = &tree->addrs.items[i];
        const struct inline_function *copy = &tree->functions[range->value];
        if (copy->die != origin && copy->origin != origin)
            continue;
        const struct object_symbol *symbol = symbols_at(functions->symbols, range->begin);
        if (symbol && strncmp(symbol->name, "_Z", 2) == 0)
            return function_name_plain(symbol->name);
    }
    return NULL;
}

// What the link-time optimizer of GCC made of many units.
static bool is_made_by_linker(const struct compile_unit *unit)
{
    return unit->root.name && strcmp(unit->root.name, "<artificial>") == 0;
}

// The mangled symbol of a C++ function that its unit keeps to itself: GCC does not tell the linkage name
// of such a function, but where it has a copy that is not inlined, that copy has a symbol.
static char *name_of_copy(struct functions *functions, struct compile_unit *unit, uint64_t origin)
{
    struct compile_units *units = functions->units;
    char *name = name_of_copy_in(functions, unit, origin);

    // Declared in one unit, and compiled in another.
    for (size_t i = 0; !name && i < units->count && !compile_units_inlines(unit)->count; i++)
        if (is_made_by_linker(&units->items[i]))
            name = name_of_copy_in(functions, &units->items[i], origin);
    return name;
}

// What a name is qualified with by a DIE around it, or NULL.
static const char *qualifier_of(struct compile_units *units, uint64_t die, const char *name)
{
    const uint16_t wanted = DW_AT_name;
    struct die_value qualifier;
    enum inline_part part = inline_tree_part(unit_dies_read(units, die, &wanted, 1, &qualifier));

    if (part != INLINE_PART_NAMES && part != INLINE_PART_TYPE && part != INLINE_PART_FUNCTION)
        return NULL;
    if (qualifier.text || part == INLINE_PART_FUNCTION)
        return qualifier.text;
    if (part == INLINE_PART_NAMES)
        return "(anonymous namespace)";
    return strcmp(name, "operator()") == 0 ? "{lambda}" : "{unnamed type}";
}

// The name with the namespaces, classes and functions around it.
static char *qualified_name(struct functions *functions, struct compile_unit *unit, uint64_t die,
                            const char *name)
{
    struct inline_tree *tree = compile_units_inlines(unit);
    uint64_t path[CHAIN_MAX];
    uint64_t file = die & ~DIE_OFFSET;
    char *text = mem_strdup(name);

    if (!tree->can_scan)
        return text;
    scopes_read(&tree->scopes, &tree->scan);
    size_t depth = scopes_path(&tree->scopes, die & DIE_OFFSET, path, CHAIN_MAX);
    for (size_t i = 0; i < depth; i++) {
        const char *qualifier = qualifier_of(functions->units, file + path[i], name);
        if (!qualifier)
            continue;
        CLEANUP(cleanup_free) char *inner = text;
        text = mem_printf("%s::%s", qualifier, inner);
    }
    return text;
}

static bool is_cplusplus(const struct compile_unit *unit)
{
    uint64_t language = unit->root.language;

    // What dwz moves out of units may come from units of several languages, and tells none.
    return (!language && unit->root.tag == DW_TAG_partial_unit) ||
           language == DW_LANG_C_plus_plus || language == DW_LANG_C_plus_plus_03 ||
           language == DW_LANG_C_plus_plus_11 || language == DW_LANG_C_plus_plus_14;
}

static bool is_ada(const struct compile_unit *unit)
{
    uint64_t language = unit ? unit->root.language : 0;

    return language == DW_LANG_Ada83 || language == DW_LANG_Ada95 || language == ADA_2005 ||
           language == ADA_2012;
}

// What the source calls a function whose linkage name tells that not. Free it.
static char *plain_name(struct functions *functions, const struct declaration *found)
{
    if (!found->name)
        return mem_strdup(found->linkage_name);
    return is_ada(compile_units_of_die(functions->units, found->first))
               ? function_name_ada(found->name)
               : mem_strdup(found->name);
}

// A linkage name for a function whose debug info tells none.
static char *made_up_name(struct functions *functions, const struct declaration *found)
{
    struct compile_unit *copies = compile_units_of_die(functions->units, found->origin);
    struct compile_unit *unit = compile_units_of_die(functions->units, found->first);

    if (!copies || !unit || !is_cplusplus(unit))
        return mem_strdup(found->name);
    char *name = name_of_copy(functions, copies, found->origin);
    return name ? name : qualified_name(functions, unit, found->first, found->name);
}

static const struct object_function *read_function(struct functions *functions, uint64_t offset)
{
    struct declaration found = declaration_of(functions->units, offset);
    const char *file = NULL;
    uint32_t line = found.line <= UINT32_MAX ? (uint32_t)found.line : 0;

    if (found.unit)
        file = line_table_path(compile_units_files(found.unit), functions->strings, found.file);
    if (!found.linkage_name && !found.name)
        return NULL;
    CLEANUP(cleanup_free) char *plain = plain_name(functions, &found);
    if (found.linkage_name)
        return intern(functions, found.linkage_name, plain, file, line);
    CLEANUP(cleanup_free) char *name = made_up_name(functions, &found);
    return intern(functions, name, strcmp(name, found.name) == 0 ? plain : name, file, line);
}

const struct object_function *functions_of_die(struct functions *functions, uint64_t offset)
{
    struct function_die *seen;

    HASH_FIND(hh, functions->by_die, &offset, sizeof offset, seen);
    if (seen)
        return seen->function;
    seen = mem_alloc(sizeof *seen);
    seen->offset = offset;
    seen->function = read_function(functions, offset);
    HASH_ADD(hh, functions->by_die, offset, sizeof seen->offset, seen);
    return seen->function;
}

const struct object_function *functions_of_symbol(struct functions *functions, const char *symbol)
{
    CLEANUP(cleanup_free) char *plain = function_name_plain(symbol);

    return intern(functions, plain, plain, NULL, 0);
}
