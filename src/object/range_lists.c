#include "object/range_lists.h"

#include <dwarf.h>

#include "base/cursor.h"

static void find_bytes(struct image *image, const char *name, const uint8_t **bytes_ret,
                       size_t *size_ret)
{
    struct image_section *section = image_section(image, name);

    if (!section || !image_load(image, section))
        return;
    *bytes_ret = section->bytes;
    *size_ret = section->n_bytes;
}

void range_lists_init(struct range_source *source, struct image *image,
                      const struct unit_format *format)
{
    const char *lists = format->version >= 5 ? ".debug_rnglists" : ".debug_ranges";

    *source = (struct range_source){.image = image, .format = *format};
    find_bytes(image, lists, &source->lists, &source->n_lists);
    find_bytes(image, ".debug_addr", &source->addresses, &source->n_addresses);
}

void range_lists_use_split(struct range_source *source, struct image *split,
                           const struct unit_format *format)
{
    source->format = *format;
    source->lists = NULL;
    source->n_lists = 0;
    find_bytes(split, ".debug_rnglists", &source->lists, &source->n_lists);
    source->lists_base = format->offset_size == 8 ? 20 : 12;
}

// A number of a table by its index. False when there is none.
static bool read_indexed(const uint8_t *table, size_t n_table, uint64_t base, uint64_t index,
                         size_t size, uint64_t *ret)
{
    if (base > n_table || index >= (n_table - base) / size)
        return false;
    struct cursor cursor = {table + base + index * size, table + n_table, false};
    *ret = cursor_number(&cursor, size);
    return true;
}

bool range_lists_address(const struct range_source *source, uint64_t index, uint64_t *ret)
{
    return read_indexed(source->addresses, source->n_addresses, source->address_base, index, 8,
                        ret);
}

bool range_lists_offset(const struct range_source *source, uint64_t index, uint64_t *ret)
{
    uint64_t offset;

    if (!read_indexed(source->lists, source->n_lists, source->lists_base, index,
                      source->format.offset_size, &offset))
        return false;
    *ret = source->lists_base + offset;
    return true;
}

void range_lists_add(const struct range_source *source, uint64_t begin, uint64_t end,
                     uint32_t value, struct ranges *ret)
{
    if (image_is_code(source->image, begin))
        ranges_add(ret, begin, end, value);
}

static bool read_old(const struct range_source *source, struct cursor *cursor, uint32_t value,
                     struct ranges *ret)
{
    uint64_t base = source->base;

    while (!cursor->failed) {
        uint64_t begin = cursor_number(cursor, 8);
        uint64_t end = cursor_number(cursor, 8);
        if (!begin && !end)
            break;
        if (begin == UINT64_MAX)
            base = end;
        else
            range_lists_add(source, base + begin, base + end, value, ret);
    }
    return !cursor->failed;
}

// An address told by its index; damage is told by the cursor.
static uint64_t address_at(const struct range_source *source, struct cursor *cursor)
{
    uint64_t addr = 0;

    if (!range_lists_address(source, cursor_uleb(cursor), &addr))
        cursor_fail(cursor);
    return addr;
}

static bool read_new(const struct range_source *source, struct cursor *cursor, uint32_t value,
                     struct ranges *ret)
{
    uint64_t base = source->base;

    while (!cursor->failed) {
        uint64_t begin = 0;
        uint64_t end = 0;
        switch (cursor_u8(cursor)) {
        case DW_RLE_end_of_list:
            return !cursor->failed;
        case DW_RLE_base_addressx:
            base = address_at(source, cursor);
            continue;
        case DW_RLE_base_address:
            base = cursor_number(cursor, 8);
            continue;
        case DW_RLE_startx_endx:
            begin = address_at(source, cursor);
            end = address_at(source, cursor);
            break;
        case DW_RLE_startx_length:
            begin = address_at(source, cursor);
            end = begin + cursor_uleb(cursor);
            break;
        case DW_RLE_offset_pair:
            begin = base + cursor_uleb(cursor);
            end = base + cursor_uleb(cursor);
            break;
        case DW_RLE_start_end:
            begin = cursor_number(cursor, 8);
            end = cursor_number(cursor, 8);
            break;
        case DW_RLE_start_length:
            begin = cursor_number(cursor, 8);
            end = begin + cursor_uleb(cursor);
            break;
        default:
            return false;
        }
        if (!cursor->failed)
            range_lists_add(source, begin, end, value, ret);
    }
    return false;
}

bool range_lists_read(const struct range_source *source, uint64_t offset, uint32_t value,
                      struct ranges *ret)
{
    if (offset >= source->n_lists)
        return false;
    struct cursor cursor = {source->lists + offset, source->lists + source->n_lists, false};
    return source->format.version >= 5 ? read_new(source, &cursor, value, ret)
                                       : read_old(source, &cursor, value, ret);
}
