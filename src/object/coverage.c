#include "object/coverage.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"

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

static void count_unit(struct compile_unit *unit, struct string_pool *pool, struct paths *paths,
                       struct object_coverage *ret)
{
    struct line_table *table = compile_units_lines(unit);
    CLEANUP(cleanup_free) bool *used = mem_alloc_array(table->n_files + 1, sizeof *used);

    for (size_t i = 0; i < table->n_sequences; i++) {
        const struct line_sequence *sequence = &table->sequences[i];
        for (size_t k = sequence->first; k < (size_t)sequence->first + sequence->count; k++) {
            const struct line_row *row = &table->rows[k];
            uint64_t size =
                line_table_row_end(table, sequence, k) - (sequence->begin + row->offset);
            if (row->line)
                ret->with_line += size;
            else
                ret->on_line_0 += size;
            if (row->line && row->file < table->n_files)
                used[row->file] = true;
        }
    }
    add_files(table, used, pool, paths);
}

void coverage_count(struct image *image, struct compile_units *units, struct string_pool *pool,
                    struct object_coverage *ret)
{
    struct paths paths = {0};

    *ret = (struct object_coverage){0};
    for (size_t i = 0; i < image->n_code; i++)
        ret->code += image->code[i].size;
    for (size_t i = 0; i < units->count; i++)
        count_unit(&units->items[i], pool, &paths, ret);
    drop_doubles(&paths);
    ret->files = paths.items;
    ret->n_files = paths.count;
}
