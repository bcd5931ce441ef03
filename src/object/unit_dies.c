#include "object/unit_dies.h"

#include <dwarf.h>

#include "object/unit_fallback.h"

// Read once for each unit.
static bool load_abbrevs(struct compile_unit *unit)
{
    const struct unit_header *header = &unit->root.context.header;

    if (!unit->has_abbrevs) {
        unit->has_abbrevs = true;
        unit->can_read = abbrevs_init(&unit->abbrevs, unit->root.context.image, header->abbrevs,
                                      &header->format);
    }
    return unit->can_read;
}

static bool is_text(uint16_t form)
{
    switch (form) {
    case DW_FORM_string:
    case DW_FORM_strp:
    case DW_FORM_line_strp:
    case DW_FORM_GNU_str_index:
    case DW_FORM_GNU_strp_alt:
    case DW_FORM_strp_sup:
    case DW_FORM_strx:
    case DW_FORM_strx1:
    case DW_FORM_strx2:
    case DW_FORM_strx3:
    case DW_FORM_strx4:
        return true;
    default:
        return false;
    }
}

// With libdwarf, which knows only offsets.
static uint16_t fall_back(const struct compile_unit *unit, uint64_t die, const uint16_t *names,
                          size_t n, struct die_value *ret)
{
    uint16_t tag = unit_fallback_values(unit->owner->info, die & DIE_OFFSET, names, n, ret);

    for (size_t i = 0; i < n; i++)
        if (ret[i].form == DW_FORM_ref_addr)
            ret[i].number += unit->root.context.file;
    return tag;
}

// The texts that values tell in whatever way, as plain strings.
static void read_texts(const struct die_context *context, size_t n, struct die_value *ret)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_text(ret[i].form))
            continue;
        ret[i].text = die_values_text(context, &ret[i]);
        ret[i].form = DW_FORM_string;
    }
}

static uint16_t read_split(const struct split_unit *split, uint64_t die, const uint16_t *names,
                           size_t n, struct die_value *ret)
{
    uint16_t tag = die_values_read(&split->context, &split->abbrevs, die, names, n, ret);

    read_texts(&split->context, n, ret);
    return tag;
}

uint16_t unit_dies_read(struct compile_units *units, uint64_t die, const uint16_t *names, size_t n,
                        struct die_value *ret)
{
    struct compile_unit *unit = compile_units_of_die(units, die);
    uint16_t tag = 0;

    for (size_t i = 0; i < n; i++)
        ret[i] = (struct die_value){0};
    if (!unit)
        return 0;
    if (die >= DIE_FILE_SPLIT(0))
        return read_split(unit->split, die, names, n, ret);
    if (load_abbrevs(unit))
        tag = die_values_read(&unit->root.context, &unit->abbrevs, die, names, n, ret);
    if (!tag)
        return fall_back(unit, die, names, n, ret);
    read_texts(&unit->root.context, n, ret);
    return tag;
}

bool unit_dies_reference(const struct die_value *value, uint64_t *ret)
{
    switch (value->form) {
    case DW_FORM_ref1:
    case DW_FORM_ref2:
    case DW_FORM_ref4:
    case DW_FORM_ref8:
    case DW_FORM_ref_udata:
    case DW_FORM_ref_addr:
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_ref_sup4:
    case DW_FORM_ref_sup8:
        *ret = value->number;
        return true;
    default:
        return false;
    }
}
