#include "object/line_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"

void line_table_init(struct line_table *table, const struct image *image, const char *comp_dir)
{
    *table = (struct line_table){.image = image, .comp_dir = comp_dir};
}

void line_table_deinit(struct line_table *table)
{
    free(table->files);
    free(table->rows);
    free(table->sequences);
    *table = (struct line_table){0};
}

void line_table_add_file(struct line_table *table, const struct line_file *file)
{
    table->files =
        mem_grow(table->files, &table->file_capacity, table->n_files, sizeof *table->files);
    table->files[table->n_files++] = *file;
}

static void begin_sequence(struct line_table *table, uint64_t addr)
{
    table->sequences = mem_grow(table->sequences, &table->sequence_capacity, table->n_sequences,
                                sizeof *table->sequences);
    table->sequences[table->n_sequences++] =
        (struct line_sequence){.begin = addr, .first = (uint32_t)table->n_rows};
    table->is_open = true;
    table->last_addr = addr;
}

void line_table_add_row(struct line_table *table, uint64_t addr, const struct line_row *row)
{
    if (table->is_open && addr < table->last_addr)
        line_table_end_sequence(table, table->last_addr);
    if (!table->is_open)
        begin_sequence(table, addr);
    struct line_sequence *sequence = &table->sequences[table->n_sequences - 1];
    // No code is that large: the program is damaged.
    if (addr - sequence->begin > UINT32_MAX)
        return;
    if (!sequence->count || addr != table->last_addr) {
        table->rows =
            mem_grow(table->rows, &table->row_capacity, table->n_rows, sizeof *table->rows);
        table->n_rows++;
        sequence->count++;
    }
    table->rows[table->n_rows - 1] = *row;
    table->rows[table->n_rows - 1].offset = (uint32_t)(addr - sequence->begin);
    table->last_addr = addr;
}

void line_table_end_sequence(struct line_table *table, uint64_t addr)
{
    if (!table->is_open)
        return;
    struct line_sequence *sequence = &table->sequences[table->n_sequences - 1];
    sequence->end = addr;
    if (addr <= sequence->begin || !image_is_code(table->image, sequence->begin)) {
        table->n_rows = sequence->first;
        table->n_sequences--;
    }
    table->is_open = false;
}

static int compare_sequences(const void *a, const void *b)
{
    const struct line_sequence *x = a;
    const struct line_sequence *y = b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

void line_table_finish(struct line_table *table)
{
    // A program that was cut short: the end of its last sequence is not known.
    line_table_end_sequence(table, table->last_addr);
    if (table->n_sequences)
        qsort(table->sequences, table->n_sequences, sizeof *table->sequences, compare_sequences);
    if (table->n_rows) {
        table->rows = mem_resize(table->rows, table->n_rows, sizeof *table->rows);
        table->row_capacity = table->n_rows;
    }
}

const struct line_sequence *line_table_sequence(const struct line_table *table, uint64_t addr)
{
    size_t low = 0;
    size_t high = table->n_sequences;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->sequences[middle].begin <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low || addr >= table->sequences[low - 1].end)
        return NULL;
    return &table->sequences[low - 1];
}

size_t line_table_row(const struct line_table *table, const struct line_sequence *sequence,
                      uint64_t addr)
{
    size_t low = sequence->first;
    size_t high = low + sequence->count;

    // The first row lies at the beginning of the sequence, so one is always at or below.
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (table->rows[middle].offset <= addr - sequence->begin)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t line_table_row_end(const struct line_table *table, const struct line_sequence *sequence,
                            size_t row)
{
    bool is_last = row + 1 == (size_t)sequence->first + sequence->count;

    return is_last ? sequence->end : sequence->begin + table->rows[row + 1].offset;
}

// Folder 0 of DWARF 5 is the compilation directory itself, which is relative where a distribution maps
// its build folder to ".": joined with itself it would be named twice.
static bool is_apart(const struct line_table *table, const struct line_file *file)
{
    return file->folder && !(table->comp_dir && strcmp(file->folder, table->comp_dir) == 0);
}

const char *line_table_path(struct line_table *table, struct string_pool *pool, uint64_t number)
{
    if (number >= table->n_files || !table->files[number].name)
        return NULL;
    struct line_file *file = &table->files[number];
    if (!file->path) {
        CLEANUP(cleanup_free)
        char *folder = is_apart(table, file) ? path_join(table->comp_dir, file->folder) : NULL;
        CLEANUP(cleanup_free) char *path = path_join(folder ? folder : table->comp_dir, file->name);
        file->path = string_pool_add(pool, path);
    }
    return file->path;
}
