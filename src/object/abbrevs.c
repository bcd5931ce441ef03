#include "object/abbrevs.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/mem.h"

// Codes are indices here: a table with larger ones is left to libdwarf.
#define CODE_MAX 100000

int abbrevs_form_size(uint16_t form, const struct unit_format *format)
{
    switch (form) {
    case DW_FORM_flag_present:
    case DW_FORM_implicit_const:
        return 0;
    case DW_FORM_data1:
    case DW_FORM_ref1:
    case DW_FORM_flag:
    case DW_FORM_strx1:
    case DW_FORM_addrx1:
        return 1;
    case DW_FORM_data2:
    case DW_FORM_ref2:
    case DW_FORM_strx2:
    case DW_FORM_addrx2:
        return 2;
    case DW_FORM_strx3:
    case DW_FORM_addrx3:
        return 3;
    case DW_FORM_data4:
    case DW_FORM_ref4:
    case DW_FORM_strx4:
    case DW_FORM_addrx4:
    case DW_FORM_ref_sup4:
        return 4;
    case DW_FORM_data8:
    case DW_FORM_ref8:
    case DW_FORM_ref_sig8:
    case DW_FORM_ref_sup8:
        return 8;
    case DW_FORM_data16:
        return 16;
    case DW_FORM_addr:
        return format->address_size;
    case DW_FORM_ref_addr:
        return format->version == 2 ? format->address_size : format->offset_size;
    case DW_FORM_strp:
    case DW_FORM_line_strp:
    case DW_FORM_strp_sup:
    case DW_FORM_sec_offset:
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_GNU_strp_alt:
        return format->offset_size;
    default:
        return -1;
    }
}

static bool read_attributes(struct abbrevs *abbrevs, struct cursor *cursor,
                            const struct unit_format *format, struct abbrev *abbrev)
{
    abbrev->first = (uint32_t)abbrevs->n_attributes;
    abbrev->is_fixed = true;
    while (!cursor->failed) {
        struct abbrev_attribute attribute = {
            .name = (uint16_t)cursor_uleb(cursor),
            .form = (uint16_t)cursor_uleb(cursor),
        };
        if (attribute.form == DW_FORM_implicit_const)
            attribute.value = cursor_sleb(cursor);
        if (!attribute.name && !attribute.form)
            break;
        attribute.size = (int8_t)abbrevs_form_size(attribute.form, format);
        if (attribute.size < 0)
            abbrev->is_fixed = false;
        else
            abbrev->fixed_size += (uint8_t)attribute.size;
        abbrevs->attributes = mem_grow(abbrevs->attributes, &abbrevs->attribute_capacity,
                                       abbrevs->n_attributes, sizeof *abbrevs->attributes);
        abbrevs->attributes[abbrevs->n_attributes++] = attribute;
        abbrev->count++;
    }
    return !cursor->failed;
}

static void put(struct abbrevs *abbrevs, uint64_t code, const struct abbrev *abbrev)
{
    while (abbrevs->count <= code) {
        abbrevs->items =
            mem_grow(abbrevs->items, &abbrevs->capacity, abbrevs->count, sizeof *abbrevs->items);
        abbrevs->items[abbrevs->count++] = (struct abbrev){0};
    }
    abbrevs->items[code] = *abbrev;
}

bool abbrevs_init(struct abbrevs *abbrevs, struct image *image, uint64_t offset,
                  const struct unit_format *format)
{
    struct image_section *section = image_section(image, ".debug_abbrev");

    *abbrevs = (struct abbrevs){0};
    if (!section || !image_load(image, section) || offset >= section->n_bytes)
        return false;
    struct cursor cursor = {section->bytes + offset, section->bytes + section->n_bytes, false};
    for (;;) {
        uint64_t code = cursor_uleb(&cursor);
        if (!code)
            return !cursor.failed;
        struct abbrev abbrev = {.tag = (uint16_t)cursor_uleb(&cursor)};
        abbrev.has_children = cursor_u8(&cursor);
        if (code > CODE_MAX || !read_attributes(abbrevs, &cursor, format, &abbrev))
            return false;
        put(abbrevs, code, &abbrev);
    }
}

void abbrevs_deinit(struct abbrevs *abbrevs)
{
    free(abbrevs->items);
    free(abbrevs->attributes);
    *abbrevs = (struct abbrevs){0};
}
