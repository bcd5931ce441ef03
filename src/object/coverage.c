#include "object/coverage.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "object/inline_tree.h"

struct paths {
    const char **items; // [count] Interned, so equal ones are the same pointer.
    size_t count;
    size_t capacity;
};

static int compare_pointers(const void *a, const void *b)
{
    const char *x = *(const char *const *)a;
    const char *y = *(const char *const *)b;

    return (x > y) - (x < y);
}

static void drop_doubles(struct paths *paths)
{
    size_t n = 0;

    if (!paths->count)
        return;
    qsort(paths->items, paths->count, sizeof *paths->items, compare_pointers);
    for (size_t i = 0; i < paths->count; i++)
        if (!n || paths->items[i] != paths->items[n - 1])
            paths->items[n++] = paths->items[i];
    paths->count = n;
}

static void add_files(struct line_table *table, const bool *used, struct string_pool *pool,
                      struct paths *paths)
{
    for (size_t i = 0; i < table->n_files; i++) {
        const char *path = used[i] ? line_table_path(table, pool, i) : NULL;
        if (!path)
            continue;
        paths->items = mem_grow(paths->items, &paths->capacity, paths->count, sizeof *paths->items);
        paths->items[paths->count++] = path;
    }
}

// What a unit is counted with.
struct count {
    struct functions *functions;
    struct string_pool *pool;
    struct compile_unit *unit;
    struct line_table *table;
    struct object_coverage *ret;
};

// The function that the tree of inlined calls tells at an address, or NULL.
static const struct object_function *function_at(const struct count *count, uint64_t addr)
{
    struct inline_tree *tree = compile_units_inlines(count->unit);
    const struct inline_function *function = inline_tree_function(tree, addr);

    if (!function)
        return NULL;
    uint32_t call = inline_tree_innermost(function, addr);
    return functions_of_die(count->functions,
                            call == INLINE_NONE ? function->die : function->calls[call].origin);
}

// What is included within a function has other files, and what a compiler makes may have any line: both
// are rare enough not to matter.
static bool is_misplaced(const struct count *count, const struct line_row *row, uint64_t addr)
{
    const struct object_function *function = function_at(count, addr);

    if (!function || !function->file)
        return false;
    const char *file = line_table_path(count->table, count->pool, row->file);
    return file && (file != function->file || row->line < function->line);
}

static void count_row(const struct count *count, const struct line_row *row, uint64_t addr,
                      uint64_t size)
{
    struct object_coverage *ret = count->ret;

    if (!row->line) {
        ret->on_line_0 += size;
        return;
    }
    ret->with_line += size;
    if (is_misplaced(count, row, addr))
        ret->misplaced += size;
}

static void count_unit(const struct count *count, struct paths *paths)
{
    struct line_table *table = count->table;
    CLEANUP(cleanup_free) bool *used = mem_alloc_array(table->n_files + 1, sizeof *used);

    for (size_t i = 0; i < table->n_sequences; i++) {
        const struct line_sequence *sequence = &table->sequences[i];
        for (size_t k = sequence->first; k < (size_t)sequence->first + sequence->count; k++) {
            const struct line_row *row = &table->rows[k];
            uint64_t addr = sequence->begin + row->offset;
            count_row(count, row, addr, line_table_row_end(table, sequence, k) - addr);
            if (row->line && row->file < table->n_files)
                used[row->file] = true;
        }
    }
    add_files(table, used, count->pool, paths);
}

void coverage_count(struct image *image, struct functions *functions, struct string_pool *pool,
                    struct object_coverage *ret)
{
    struct compile_units *units = functions->units;
    struct paths paths = {0};

    *ret = (struct object_coverage){0};
    for (size_t i = 0; i < image->n_code; i++)
        ret->code += image->code[i].size;
    for (size_t i = 0; i < units->count; i++) {
        struct compile_unit *unit = &units->items[i];
        const struct count count = {functions, pool, unit, compile_units_lines(unit), ret};
        count_unit(&count, &paths);
    }
    drop_doubles(&paths);
    ret->files = paths.items;
    ret->n_files = paths.count;
}
