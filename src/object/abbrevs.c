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

static enum abbrev_role role_of(uint16_t name)
{
    switch (name) {
    case DW_AT_low_pc:
        return ABBREV_LOW_PC;
    case DW_AT_high_pc:
        return ABBREV_HIGH_PC;
    case DW_AT_ranges:
        return ABBREV_RANGES;
    case DW_AT_abstract_origin:
        return ABBREV_ORIGIN;
    case DW_AT_sibling:
        return ABBREV_SIBLING;
    case DW_AT_call_file:
        return ABBREV_CALL_FILE;
    case DW_AT_call_line:
        return ABBREV_CALL_LINE;
    case DW_AT_call_column:
        return ABBREV_CALL_COLUMN;
    case DW_AT_addr_base:
        return ABBREV_ADDR_BASE;
    case DW_AT_rnglists_base:
        return ABBREV_LISTS_BASE;
    default:
        return ABBREV_OTHER;
    }
}

static enum abbrev_reading reading_of(uint16_t form)
{
    switch (form) {
    case DW_FORM_addr:
    case DW_FORM_data1:
    case DW_FORM_data2:
    case DW_FORM_data4:
    case DW_FORM_data8:
    case DW_FORM_sec_offset:
        return ABBREV_PLAIN;
    case DW_FORM_ref1:
    case DW_FORM_ref2:
    case DW_FORM_ref4:
    case DW_FORM_ref8:
        return ABBREV_IN_UNIT;
    case DW_FORM_implicit_const:
        return ABBREV_CONSTANT;
    default:
        return ABBREV_OF_ITS_FORM;
    }
}

// Whether addresses and calls are read of DIEs with this tag; of others it is only where they end.
static bool is_code(uint16_t tag)
{
    switch (tag) {
    case DW_TAG_compile_unit:
    case DW_TAG_partial_unit:
    case DW_TAG_skeleton_unit:
    case DW_TAG_subprogram:
    case DW_TAG_inlined_subroutine:
        return true;
    default:
        return false;
    }
}

// What is known of an attribute's value before it is read. Of what is no code a sibling is all that
// matters, and that only where there are children to pass over.
static void prepare(struct abbrevs *abbrevs, struct abbrev *abbrev,
                    struct abbrev_attribute *attribute)
{
    attribute->role = (uint8_t)role_of(attribute->name);
    if (!is_code(abbrev->tag) && !(attribute->role == ABBREV_SIBLING && abbrev->has_children))
        attribute->role = ABBREV_OTHER;
    attribute->reading = (uint8_t)reading_of(attribute->form);
    if (attribute->role) {
        bool is_number = attribute->reading != ABBREV_OF_ITS_FORM &&
                         abbrev->fixed_size <= UINT16_MAX && abbrev->count <= UINT16_MAX;
        if (!is_number)
            abbrev->way = ABBREV_READ;
        abbrevs->fields = mem_grow(abbrevs->fields, &abbrevs->field_capacity, abbrevs->n_fields,
                                   sizeof *abbrevs->fields);
        abbrevs->fields[abbrevs->n_fields++] =
            (struct abbrev_field){(uint16_t)abbrev->fixed_size, (uint16_t)abbrev->count};
        abbrev->n_fields++;
    }
    if (attribute->size < 0)
        abbrev->way = ABBREV_READ;
    else
        abbrev->fixed_size += (uint8_t)attribute->size;
}

static bool read_attributes(struct abbrevs *abbrevs, struct cursor *cursor,
                            const struct unit_format *format, struct abbrev *abbrev)
{
    abbrev->first = (uint32_t)abbrevs->n_attributes;
    abbrev->first_field = (uint32_t)abbrevs->n_fields;
    abbrev->way = ABBREV_PICK;
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
        prepare(abbrevs, abbrev, &attribute);
        abbrevs->attributes = mem_grow(abbrevs->attributes, &abbrevs->attribute_capacity,
                                       abbrevs->n_attributes, sizeof *abbrevs->attributes);
        abbrevs->attributes[abbrevs->n_attributes++] = attribute;
        abbrev->count++;
    }
    return !cursor->failed;
}

// Where nothing but the sibling is of interest.
static void find_sibling(const struct abbrevs *abbrevs, struct abbrev *abbrev)
{
    if (abbrev->way != ABBREV_PICK || abbrev->n_fields > 1)
        return;
    if (abbrev->n_fields) {
        const struct abbrev_field *field = &abbrevs->fields[abbrev->first_field];
        const struct abbrev_attribute *attribute =
            &abbrevs->attributes[abbrev->first + field->attribute];
        if (attribute->role != ABBREV_SIBLING || attribute->reading != ABBREV_IN_UNIT)
            return;
        abbrev->sibling = field->offset;
        abbrev->sibling_size = (uint8_t)attribute->size;
    }
    abbrev->way = ABBREV_PASS;
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
    find_sibling(abbrevs, &abbrev);
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
    free(abbrevs->fields);
    *abbrevs = (struct abbrevs){0};
}
