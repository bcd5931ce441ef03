#include "object/split_package.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/mem.h"

// More columns than there are kinds of sections.
#define COLUMNS_MAX 16

// .debug_cu_index: a hash table from ids to rows, then what the columns are, where each row's parts
// start, and how large they are.
struct index {
    uint16_t version; // 2, which belongs to DWARF 4, or 5.
    uint32_t n_columns;
    uint32_t n_rows;
    uint32_t n_slots;
    const uint8_t *ids;     // [n_slots] of 8 bytes
    const uint8_t *rows;    // [n_slots] of 4 bytes, from 1; 0 = nothing here
    const uint8_t *columns; // [n_columns] of 4 bytes
    const uint8_t *offsets; // [n_rows][n_columns] of 4 bytes
    const uint8_t *sizes;   // [n_rows][n_columns] of 4 bytes
};

static struct image *open_beside(const char *binary)
{
    CLEANUP(cleanup_free) char *path = mem_printf("%s.dwp", binary);
    struct image *image = NULL;

    error_destroy(image_open(path, &image));
    if (image)
        image->is_split = true;
    return image;
}

struct image *split_package_find(const char *binary)
{
    struct image *image = open_beside(binary);
    CLEANUP(cleanup_free) char *real = image ? NULL : realpath(binary, NULL);

    return real ? open_beside(real) : image;
}

static uint64_t number_at(const uint8_t *table, uint64_t index, size_t size)
{
    struct cursor cursor = cursor_make(table + index * size, size);

    return cursor_number(&cursor, size);
}

static bool read_index(struct image *package, struct index *ret)
{
    struct image_section *section = image_section(package, ".debug_cu_index");

    if (!section || !image_load(package, section))
        return false;
    struct cursor cursor = cursor_make(section->bytes, section->n_bytes);
    ret->version = cursor_u16(&cursor);
    cursor_skip(&cursor, 2); // Padding, or the upper half of the version.
    ret->n_columns = cursor_u32(&cursor);
    ret->n_rows = cursor_u32(&cursor);
    ret->n_slots = cursor_u32(&cursor);
    if (cursor.failed || ret->n_columns > COLUMNS_MAX || (ret->version != 2 && ret->version != 5))
        return false;
    ret->ids = cursor.pos;
    cursor_skip(&cursor, UINT64_C(8) * ret->n_slots);
    ret->rows = cursor.pos;
    cursor_skip(&cursor, UINT64_C(4) * ret->n_slots);
    ret->columns = cursor.pos;
    cursor_skip(&cursor, UINT64_C(4) * ret->n_columns);
    ret->offsets = cursor.pos;
    cursor_skip(&cursor, UINT64_C(4) * ret->n_columns * ret->n_rows);
    ret->sizes = cursor.pos;
    cursor_skip(&cursor, UINT64_C(4) * ret->n_columns * ret->n_rows);
    return !cursor.failed;
}

// The row of a unit from 1; 0 = there is none. Slots are probed as the index is built.
static uint32_t find_row(const struct index *index, uint64_t id)
{
    uint64_t mask = (uint64_t)index->n_slots - 1;
    uint64_t slot = id & mask;
    uint64_t step = (id >> 32 & mask) | 1;

    if (!index->n_slots || (index->n_slots & mask))
        return 0;
    for (uint32_t i = 0; i < index->n_slots; i++, slot = (slot + step) & mask) {
        uint32_t row = (uint32_t)number_at(index->rows, slot, 4);
        if (!row || number_at(index->ids, slot, 8) == id)
            return row <= index->n_rows ? row : 0;
    }
    return 0;
}

static const char *column_name(const struct index *index, uint64_t column)
{
    switch (column) {
    case 1:
        return ".debug_info";
    case 3:
        return ".debug_abbrev";
    case 6:
        return ".debug_str_offsets";
    case 8:
        return index->version == 5 ? ".debug_rnglists" : NULL;
    default:
        return NULL;
    }
}

// Add a part of a section of the package to a view.
static void add_part(struct image *view, struct image *package, const char *name, uint64_t offset,
                     uint64_t size)
{
    struct image_section *section = image_section(package, name);

    if (!section || !image_load(package, section) || offset > section->n_bytes ||
        size > section->n_bytes - offset || !size)
        return;
    view->sections[view->n_sections++] = (struct image_section){
        .name = name,
        .name_length = strlen(name),
        .type = section->type,
        .size = size,
        .is_loaded = true,
        .bytes = section->bytes + offset,
        .n_bytes = (size_t)size,
    };
}

struct image *split_package_unit(struct image *package, uint64_t id)
{
    struct index index;
    uint32_t row;

    if (!read_index(package, &index) || !(row = find_row(&index, id)))
        return NULL;
    struct image *view = mem_alloc(sizeof *view);
    view->path = mem_strdup(package->path);
    view->sections = mem_alloc_array(index.n_columns + 1, sizeof *view->sections);
    for (uint32_t i = 0; i < index.n_columns; i++) {
        const char *name = column_name(&index, number_at(index.columns, i, 4));
        uint64_t cell = (uint64_t)(row - 1) * index.n_columns + i;
        if (name)
            add_part(view, package, name, number_at(index.offsets, cell, 4),
                     number_at(index.sizes, cell, 4));
    }
    // Strings are shared by all units.
    struct image_section *strings = image_section(package, ".debug_str");
    if (strings && image_load(package, strings))
        add_part(view, package, ".debug_str", 0, strings->n_bytes);
    return view;
}
