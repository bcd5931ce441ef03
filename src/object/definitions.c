// Every stretch of code is gathered with its function first; sorted, the stretches of a function lie
// together, and the functions are in the order of the source.

#include "object/definitions.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "object/inline_tree.h"

// A stretch of code of a function.
struct piece {
    const struct object_function *function;
    const char *file;
    uint32_t line;
    bool is_inlined;
    uint64_t begin;
    uint64_t end;
};

struct pieces {
    struct piece *items;
    size_t count;
    size_t capacity;
};

static void add_piece(struct pieces *pieces, const struct object_function *function,
                      const struct range *range, bool is_inlined)
{
    pieces->items =
        mem_grow(pieces->items, &pieces->capacity, pieces->count, sizeof *pieces->items);
    pieces->items[pieces->count++] = (struct piece){
        .function = function,
        .file = function->file,
        .line = function->line,
        .is_inlined = is_inlined,
        .begin = range->begin,
        .end = range->end,
    };
}

static void add_inlined(struct pieces *pieces, struct functions *functions,
                        const struct inline_function *function)
{
    for (size_t depth = 0; depth < function->n_levels; depth++) {
        const struct ranges *level = &function->levels[depth];
        for (size_t i = 0; i < level->count; i++) {
            const struct inline_call *call = &function->calls[level->items[i].value];
            const struct object_function *called = functions_of_die(functions, call->origin);
            if (called)
                add_piece(pieces, called, &level->items[i], true);
        }
    }
}

static void add_unit(struct pieces *pieces, struct functions *functions, struct compile_unit *unit)
{
    struct inline_tree *tree = compile_units_inlines(unit);

    inline_tree_read_all(tree);
    for (size_t i = 0; i < tree->addrs.count; i++) {
        const struct range *range = &tree->addrs.items[i];
        uint64_t die = tree->functions[range->value].die;
        const struct object_function *function = functions_of_die(functions, die);
        if (function)
            add_piece(pieces, function, range, false);
    }
    for (size_t i = 0; i < tree->count; i++)
        add_inlined(pieces, functions, &tree->functions[i]);
}

// Functions of assembler files have rows, though nothing declares them.
static void find_place(struct object *obj, struct piece *piece)
{
    struct object_row row;

    if (piece->file || !object_row_at(obj, piece->begin, &row))
        return;
    piece->file = row.file;
    piece->line = row.file ? row.line : 0;
}

// Add the functions of the symbol table that no unit tells of.
static void add_symbols(struct pieces *pieces, struct object *obj, struct functions *functions)
{
    struct symbols *symbols = functions->symbols;
    struct ranges known = {0};

    for (size_t i = 0; i < pieces->count; i++)
        if (!pieces->items[i].is_inlined)
            ranges_add(&known, pieces->items[i].begin, pieces->items[i].end, 0);
    symbols_read(symbols);
    for (size_t i = 0; i < symbols->count; i++) {
        const struct object_symbol *symbol = &symbols->items[i];
        const struct range range = {symbol->addr, symbols_end(symbols, symbol), 0};
        bool is_code = range.begin < range.end && image_is_code(symbols->image, range.begin);
        if (!is_code || ranges_find(&known, range.begin))
            continue;
        add_piece(pieces, functions_of_symbol(functions, symbol->name), &range, false);
        find_place(obj, &pieces->items[pieces->count - 1]);
    }
    ranges_deinit(&known);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

// What has no file comes last.
static int compare_files(const char *a, const char *b)
{
    if (!a || !b)
        return (a == NULL) - (b == NULL);
    return strcmp(a, b);
}

static int compare_pieces(const void *a, const void *b)
{
    const struct piece *x = a;
    const struct piece *y = b;
    int order = compare_files(x->file, y->file);

    order = order ? order : compare_numbers(x->line, y->line);
    order = order ? order : strcmp(x->function->name, y->function->name);
    order = order ? order : strcmp(x->function->linkage_name, y->function->linkage_name);
    order = order ? order : compare_numbers((uintptr_t)x->function, (uintptr_t)y->function);
    order = order ? order : x->is_inlined - y->is_inlined;
    order = order ? order : compare_numbers(x->begin, y->begin);
    return order ? order : compare_numbers(x->end, y->end);
}

// The next range of a definition: copies that units share are told by each of them.
static void add_range(struct object_range *ranges, size_t *n, const struct piece *piece)
{
    if (*n && ranges[*n - 1].begin == piece->begin && ranges[*n - 1].end == piece->end)
        return;
    ranges[(*n)++] = (struct object_range){piece->begin, piece->end};
}

// Make the definition of the pieces from `pieces` on that are of one function. Returns how many.
static size_t define(const struct piece *pieces, size_t count, struct object_range *ranges,
                     struct object_definition *ret)
{
    size_t n_own = 0;
    size_t n_inlined = 0;
    size_t i = 0;

    for (; i < count && pieces[i].function == pieces[0].function && !pieces[i].is_inlined; i++)
        add_range(ranges, &n_own, &pieces[i]);
    for (; i < count && pieces[i].function == pieces[0].function; i++)
        add_range(ranges + n_own, &n_inlined, &pieces[i]);
    *ret = (struct object_definition){
        .function = pieces[0].function,
        .file = pieces[0].file,
        .line = pieces[0].line,
        .ranges = ranges,
        .n_ranges = n_own,
        .inlined = ranges + n_own,
        .n_inlined = n_inlined,
    };
    return i;
}

void definitions_read(struct definitions *definitions, struct object *obj,
                      struct functions *functions)
{
    struct pieces pieces = {0};

    definitions->is_read = true;
    for (size_t i = 0; i < functions->units->count; i++)
        add_unit(&pieces, functions, &functions->units->items[i]);
    add_symbols(&pieces, obj, functions);
    if (pieces.count)
        qsort(pieces.items, pieces.count, sizeof *pieces.items, compare_pieces);
    definitions->items = mem_alloc_array(pieces.count + 1, sizeof *definitions->items);
    definitions->ranges = mem_alloc_array(pieces.count + 1, sizeof *definitions->ranges);
    for (size_t i = 0; i < pieces.count;)
        i += define(&pieces.items[i], pieces.count - i, &definitions->ranges[i],
                    &definitions->items[definitions->count++]);
    free(pieces.items);
}

void definitions_deinit(struct definitions *definitions)
{
    free(definitions->items);
    free(definitions->ranges);
    *definitions = (struct definitions){0};
}
