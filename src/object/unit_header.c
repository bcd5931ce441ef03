#include "object/unit_header.h"

#include <dwarf.h>

#include "base/cursor.h"

// What only some kinds have, between the common fields and the first DIE.
static void read_extension(struct cursor *cursor, struct unit_header *header)
{
    switch (header->kind) {
    case DW_UT_skeleton:
    case DW_UT_split_compile:
        header->split_id = cursor_u64(cursor);
        break;
    case DW_UT_type:
    case DW_UT_split_type:
        cursor_skip(cursor, 8u + header->format.offset_size);
        break;
    default:
        break;
    }
}

bool unit_header_read(const struct image_section *section, uint64_t offset, struct unit_header *ret)
{
    struct unit_header header = {.offset = offset, .kind = DW_UT_compile};
    struct unit_format *format = &header.format;

    *ret = header;
    if (offset >= section->n_bytes)
        return false;
    struct cursor cursor = cursor_make(section->bytes + offset, section->n_bytes - offset);
    uint64_t length = cursor_number(&cursor, 4);
    format->offset_size = length == UINT32_MAX ? 8 : 4;
    if (format->offset_size == 8)
        length = cursor_number(&cursor, 8);
    if (cursor.failed || length > cursor_left(&cursor))
        return false;
    cursor.end = cursor.pos + length;
    header.end = (uint64_t)(cursor.end - section->bytes);
    format->version = (uint16_t)cursor_number(&cursor, 2);
    if (format->version >= 5) {
        header.kind = cursor_u8(&cursor);
        format->address_size = cursor_u8(&cursor);
    }
    header.abbrevs = cursor_number(&cursor, format->offset_size);
    if (format->version < 5)
        format->address_size = cursor_u8(&cursor);
    read_extension(&cursor, &header);
    header.root = (uint64_t)(cursor.pos - section->bytes);
    *ret = header;
    return format->version >= 2 && format->version <= 5 && format->address_size == 8 &&
           !cursor.failed;
}
