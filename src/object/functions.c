#include "object/functions.h"

#include <dwarf.h>
#include <stdlib.h>
#include <uthash.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "object/die.h"
#include "object/function_name.h"

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

void functions_init(struct functions *functions, struct string_pool *strings)
{
    *functions = (struct functions){.strings = strings};
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
        .name = string_pool_add(functions->strings, readable ? readable : plain_name),
        .linkage_name = key.linkage_name,
        .file = file,
        .line = line,
    };
    HASH_ADD(hh, functions->by_name, key, sizeof entry->key, entry);
    return &entry->function;
}

// What is known of a function, gathered along the chain that leads to its first declaration.
struct declaration {
    const char *linkage_name;
    const char *name;
    struct compile_unit *unit; // Whose line table `file` is a number in; NULL = no file told.
    uint64_t file;
    uint64_t line; // 0 = not told.
};

// A definition tells only what differs from its declaration, so the first that tells wins.
static void gather(struct compile_units *units, Dwarf_Die die, uint64_t offset,
                   struct declaration *ret)
{
    struct debug_info *info = units->info;

    if (!ret->linkage_name)
        ret->linkage_name = die_string(info, die, DW_AT_linkage_name);
    if (!ret->linkage_name)
        ret->linkage_name = die_string(info, die, DW_AT_MIPS_linkage_name);
    if (!ret->name)
        ret->name = die_string(info, die, DW_AT_name);
    if (!ret->line && !die_number(info, die, DW_AT_decl_line, &ret->line))
        ret->line = 0;
    if (!ret->unit && die_number(info, die, DW_AT_decl_file, &ret->file))
        ret->unit = compile_units_of_die(units, offset);
}

// Follow copies to their origin, then definitions to their declarations.
static struct declaration declaration_of(struct compile_units *units, uint64_t offset)
{
    struct declaration found = {0};

    for (int i = 0; i < CHAIN_MAX; i++) {
        CLEANUP(die_cleanup) Dwarf_Die die = die_at(units->info, offset);
        if (!die)
            break;
        if (die_reference(units->info, die, DW_AT_abstract_origin, &offset))
            continue;
        gather(units, die, offset, &found);
        if (!die_reference(units->info, die, DW_AT_specification, &offset))
            break;
    }
    return found;
}

static const struct object_function *read_function(struct functions *functions,
                                                   struct compile_units *units, uint64_t offset)
{
    struct declaration found = declaration_of(units, offset);
    const char *linkage_name = found.linkage_name ? found.linkage_name : found.name;
    const char *file = NULL;

    if (!linkage_name)
        return NULL;
    if (found.unit)
        file =
            line_table_path(compile_units_files(units, found.unit), functions->strings, found.file);
    return intern(functions, linkage_name, found.name ? found.name : linkage_name, file,
                  found.line <= UINT32_MAX ? (uint32_t)found.line : 0);
}

const struct object_function *functions_of_die(struct functions *functions,
                                               struct compile_units *units, uint64_t offset)
{
    struct function_die *seen;

    HASH_FIND(hh, functions->by_die, &offset, sizeof offset, seen);
    if (seen)
        return seen->function;
    seen = mem_alloc(sizeof *seen);
    seen->offset = offset;
    seen->function = read_function(functions, units, offset);
    HASH_ADD(hh, functions->by_die, offset, sizeof seen->offset, seen);
    return seen->function;
}

const struct object_function *functions_of_symbol(struct functions *functions, const char *symbol)
{
    CLEANUP(cleanup_free) char *plain = function_name_plain(symbol);

    return intern(functions, plain, plain, NULL, 0);
}
