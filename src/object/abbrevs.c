#include "object/abbrevs.h"

#include <dwarf.h>
#include <stdlib.h>

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

static bool find_section(struct image *image, uint64_t offset, struct cursor *ret)
{
    struct image_section *section = image_section(image, ".debug_abbrev");

    if (!section || !image_load(image, section) || offset >= section->n_bytes)
        return false;
    *ret = cursor_make(section->bytes + offset, section->n_bytes - offset);
    return true;
}

static bool read_abbrev(struct abbrevs *abbrevs, struct cursor *cursor,
                        const struct unit_format *format, uint64_t code)
{
    struct abbrev abbrev = {.tag = (uint16_t)cursor_uleb(cursor)};

    abbrev.has_children = cursor_u8(cursor);
    if (code > CODE_MAX || !read_attributes(abbrevs, cursor, format, &abbrev))
        return false;
    put(abbrevs, code, &abbrev);
    return true;
}

bool abbrevs_init(struct abbrevs *abbrevs, struct image *image, uint64_t offset,
                  const struct unit_format *format)
{
    struct cursor cursor;

    *abbrevs = (struct abbrevs){0};
    if (!find_section(image, offset, &cursor))
        return false;
    for (;;) {
        uint64_t code = cursor_uleb(&cursor);
        if (!code)
            return !cursor.failed;
        if (!read_abbrev(abbrevs, &cursor, format, code))
            return false;
    }
}

static void skip_abbrev(struct cursor *cursor)
{
    uint64_t name;
    uint64_t form;

    cursor_uleb(cursor);
    cursor_u8(cursor);
    do {
        name = cursor_uleb(cursor);
        form = cursor_uleb(cursor);
        if (form == DW_FORM_implicit_const)
            cursor_sleb(cursor);
    } while (!cursor->failed && (name || form));
}

bool abbrevs_init_one(struct abbrevs *abbrevs, struct image *image, uint64_t offset,
                      const struct unit_format *format, uint64_t code)
{
    struct cursor cursor;

    *abbrevs = (struct abbrevs){0};
    if (!code || !find_section(image, offset, &cursor))
        return false;
    for (;;) {
        uint64_t next = cursor_uleb(&cursor);
        if (!next)
            return false;
        if (next == code)
            return read_abbrev(abbrevs, &cursor, format, code);
        skip_abbrev(&cursor);
    }
}

bool abbrevs_skip_variable(struct cursor *cursor, uint16_t form)
{
    switch (form) {
    case DW_FORM_string:
        cursor_string(cursor);
        return true;
    case DW_FORM_block1:
        cursor_skip(cursor, cursor_number(cursor, 1));
        return true;
    case DW_FORM_block2:
        cursor_skip(cursor, cursor_number(cursor, 2));
        return true;
    case DW_FORM_block4:
        cursor_skip(cursor, cursor_number(cursor, 4));
        return true;
    case DW_FORM_block:
    case DW_FORM_exprloc:
        cursor_skip(cursor, cursor_uleb(cursor));
        return true;
    case DW_FORM_udata:
    case DW_FORM_sdata:
    case DW_FORM_ref_udata:
    case DW_FORM_strx:
    case DW_FORM_addrx:
    case DW_FORM_loclistx:
    case DW_FORM_rnglistx:
    case DW_FORM_GNU_addr_index:
    case DW_FORM_GNU_str_index:
        cursor_uleb(cursor);
        return true;
    default:
        return false;
    }
}

void abbrevs_deinit(struct abbrevs *abbrevs)
{
    free(abbrevs->items);
    free(abbrevs->attributes);
    *abbrevs = (struct abbrevs){0};
}
