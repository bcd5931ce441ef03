#include "object/unit_fallback.h"

#include <dwarf.h>

#include "base/cleanup.h"
#include "object/die.h"

bool unit_fallback_read(struct debug_info *info, const struct unit_header *header, uint32_t value,
                        struct unit_root *ret, struct ranges *addrs)
{
    CLEANUP(die_cleanup) Dwarf_Die die = die_at(info, header->root);
    struct unit_root root = {.context = {.image = info->image, .header = *header}};

    if (!die)
        return false;
    root.tag = die_tag(info, die);
    root.name = die_string(info, die, DW_AT_name);
    root.folder = die_string(info, die, DW_AT_comp_dir);
    root.has_lines = die_reference(info, die, DW_AT_stmt_list, &root.line_offset);
    die_number(info, die, DW_AT_language, &root.language);
    die_low_pc(info, die, &root.base);
    die_add_ranges(info, die, root.base, value, addrs);
    root.tells_addresses = die_has(info, die, DW_AT_ranges) || die_has(info, die, DW_AT_high_pc);
    *ret = root;
    return true;
}

static void read_value(struct debug_info *info, Dwarf_Die die, uint16_t name, struct die_value *ret)
{
    switch (die_class(info, die, name)) {
    case DW_FORM_CLASS_STRING:
        ret->form = DW_FORM_string;
        ret->text = die_string(info, die, name);
        break;
    case DW_FORM_CLASS_REFERENCE:
        if (die_reference(info, die, name, &ret->number))
            ret->form = DW_FORM_ref_addr;
        break;
    case DW_FORM_CLASS_CONSTANT:
        if (die_number(info, die, name, &ret->number))
            ret->form = DW_FORM_udata;
        break;
    default:
        break;
    }
}

uint16_t unit_fallback_values(struct debug_info *info, uint64_t offset, const uint16_t *names,
                              size_t n, struct die_value *ret)
{
    CLEANUP(die_cleanup) Dwarf_Die die = die_at(info, offset);

    for (size_t i = 0; i < n; i++) {
        ret[i] = (struct die_value){0};
        if (die)
            read_value(info, die, names[i], &ret[i]);
    }
    return die ? die_tag(info, die) : 0;
}
