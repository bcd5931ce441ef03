#include "object/die_values.h"

#include <dwarf.h>

#include "object/debug_alt.h"

static bool is_reference_in_unit(uint16_t form)
{
    return form == DW_FORM_ref1 || form == DW_FORM_ref2 || form == DW_FORM_ref4 ||
           form == DW_FORM_ref8 || form == DW_FORM_ref_udata;
}

static bool is_reference_to_supplement(uint16_t form)
{
    return form == DW_FORM_GNU_ref_alt || form == DW_FORM_ref_sup4 || form == DW_FORM_ref_sup8;
}

void die_values_read_one(struct cursor *cursor, const struct abbrev_attribute *attribute,
                         uint64_t unit, struct die_value *ret)
{
    *ret = (struct die_value){.form = attribute->form};
    switch (attribute->form) {
    case DW_FORM_implicit_const:
        ret->number = (uint64_t)attribute->value;
        break;
    case DW_FORM_string:
        ret->text = cursor_string(cursor);
        break;
    case DW_FORM_sdata:
        ret->number = (uint64_t)cursor_sleb(cursor);
        break;
    case DW_FORM_udata:
    case DW_FORM_ref_udata:
    case DW_FORM_strx:
    case DW_FORM_addrx:
    case DW_FORM_rnglistx:
    case DW_FORM_GNU_addr_index:
    case DW_FORM_GNU_str_index:
        ret->number = cursor_uleb(cursor);
        break;
    default:
        if (attribute->size >= 0 && attribute->size <= 8)
            ret->number = cursor_number(cursor, (size_t)attribute->size);
        else
            abbrevs_skip_value(cursor, attribute);
    }
    if (is_reference_in_unit(attribute->form))
        ret->number += unit;
    else if (attribute->form == DW_FORM_ref_addr)
        ret->number += unit & ~DIE_OFFSET;
    else if (is_reference_to_supplement(attribute->form))
        ret->number += DIE_FILE_SUPPLEMENT;
}

static struct die_value *wanted(uint16_t name, const uint16_t *names, size_t n,
                                struct die_value *values)
{
    for (size_t i = 0; i < n; i++)
        if (names[i] == name)
            return &values[i];
    return NULL;
}

uint16_t die_values_read(const struct die_context *context, const struct abbrevs *abbrevs,
                         uint64_t die, const uint16_t *names, size_t n, struct die_value *ret)
{
    uint64_t offset = die & DIE_OFFSET;
    struct image_section *section = image_section(context->image, ".debug_info");
    const struct unit_header *header = &context->header;

    for (size_t i = 0; i < n; i++)
        ret[i] = (struct die_value){0};
    if (!section || !image_load(context->image, section) || offset < header->root ||
        offset >= header->end)
        return 0;
    struct cursor cursor = cursor_make(section->bytes + offset, header->end - offset);
    const struct abbrev *abbrev = abbrevs_find(abbrevs, cursor_uleb(&cursor));
    for (uint32_t i = 0; abbrev && i < abbrev->count; i++) {
        const struct abbrev_attribute *attribute = &abbrevs->attributes[abbrev->first + i];
        struct die_value *value = wanted(attribute->name, names, n, ret);
        if (value)
            die_values_read_one(&cursor, attribute, header->offset + context->file, value);
        else
            abbrevs_skip_value(&cursor, attribute);
    }
    return abbrev && !cursor.failed ? abbrev->tag : 0;
}

static const char *supplementary_text(const struct die_context *context, uint64_t offset)
{
    struct image *supplement = debug_alt_of(context->image);

    return supplement ? image_string(supplement, ".debug_str", offset) : NULL;
}

// A string whose offset stands in .debug_str_offsets.
static const char *indexed_text(const struct die_context *context, uint64_t index)
{
    struct image_section *section = image_section(context->image, ".debug_str_offsets");
    size_t size = context->header.format.offset_size;
    uint64_t base = context->strings_base;

    if (!section || !image_load(context->image, section) || base > section->n_bytes ||
        index >= (section->n_bytes - base) / size)
        return NULL;
    struct cursor cursor = cursor_make(section->bytes + base + index * size, size);
    return image_string(context->image, ".debug_str", cursor_number(&cursor, size));
}

const char *die_values_text(const struct die_context *context, const struct die_value *value)
{
    const char *text = NULL;

    switch (value->form) {
    case DW_FORM_string:
        text = value->text;
        break;
    case DW_FORM_strp:
        text = image_string(context->image, ".debug_str", value->number);
        break;
    case DW_FORM_line_strp:
        text = image_string(context->image, ".debug_line_str", value->number);
        break;
    case DW_FORM_GNU_strp_alt:
    case DW_FORM_strp_sup:
        text = supplementary_text(context, value->number);
        break;
    case DW_FORM_GNU_str_index:
    case DW_FORM_strx:
    case DW_FORM_strx1:
    case DW_FORM_strx2:
    case DW_FORM_strx3:
    case DW_FORM_strx4:
        text = indexed_text(context, value->number);
        break;
    default:
        break;
    }
    return text && *text ? text : NULL;
}

bool die_values_is_address(uint16_t form)
{
    switch (form) {
    case DW_FORM_addr:
    case DW_FORM_addrx:
    case DW_FORM_addrx1:
    case DW_FORM_addrx2:
    case DW_FORM_addrx3:
    case DW_FORM_addrx4:
    case DW_FORM_GNU_addr_index:
        return true;
    default:
        return false;
    }
}
