#include "object/die.h"

#include <dwarf.h>

void die_cleanup(Dwarf_Die *die)
{
    if (*die)
        dwarf_dealloc_die(*die);
}

Dwarf_Die die_at(struct debug_info *info, uint64_t offset)
{
    Dwarf_Debug dbg = debug_info_libdwarf(info);
    Dwarf_Die die = NULL;
    Dwarf_Error error = NULL;

    if (!dbg)
        return NULL;
    int status = dwarf_offdie_b(dbg, offset, 1, &die, &error);
    return debug_info_ok(info, status, error, "entry") ? die : NULL;
}

Dwarf_Die die_child(struct debug_info *info, Dwarf_Die die)
{
    Dwarf_Die child = NULL;
    Dwarf_Error error = NULL;
    int status = dwarf_child(die, &child, &error);

    return debug_info_ok(info, status, error, "entry") ? child : NULL;
}

Dwarf_Die die_next(struct debug_info *info, Dwarf_Die die)
{
    Dwarf_Die next = NULL;
    Dwarf_Error error = NULL;
    int status = dwarf_siblingof_b(info->dbg, die, 1, &next, &error);
    bool ok = debug_info_ok(info, status, error, "entry");

    // A sibling that does not lie behind would be walked for ever.
    if (ok && die_offset(info, next) <= die_offset(info, die)) {
        dwarf_dealloc_die(next);
        debug_info_failed(info, "siblings", NULL);
        ok = false;
    }
    dwarf_dealloc_die(die);
    return ok ? next : NULL;
}

uint16_t die_tag(struct debug_info *info, Dwarf_Die die)
{
    Dwarf_Half tag = 0;
    Dwarf_Error error = NULL;

    return debug_info_ok(info, dwarf_tag(die, &tag, &error), error, "tag") ? tag : 0;
}

uint64_t die_offset(struct debug_info *info, Dwarf_Die die)
{
    Dwarf_Off offset = 0;
    Dwarf_Error error = NULL;

    return debug_info_ok(info, dwarf_dieoffset(die, &offset, &error), error, "offset") ? offset : 0;
}

static Dwarf_Attribute attribute_of(struct debug_info *info, Dwarf_Die die, uint16_t attribute)
{
    Dwarf_Attribute found = NULL;
    Dwarf_Error error = NULL;
    int status = dwarf_attr(die, attribute, &found, &error);

    return debug_info_ok(info, status, error, "attribute") ? found : NULL;
}

enum Dwarf_Form_Class die_class(struct debug_info *info, Dwarf_Die die, uint16_t attribute)
{
    Dwarf_Attribute found = attribute_of(info, die, attribute);
    Dwarf_Half version = 0;
    Dwarf_Half offset_size = 0;
    Dwarf_Half form = 0;
    Dwarf_Error error = NULL;

    if (!found)
        return DW_FORM_CLASS_UNKNOWN;
    int status = dwarf_whatform(found, &form, &error);
    dwarf_dealloc_attribute(found);
    if (!debug_info_ok(info, status, error, "form") ||
        dwarf_get_version_of_die(die, &version, &offset_size) != DW_DLV_OK)
        return DW_FORM_CLASS_UNKNOWN;
    return dwarf_get_form_class(version, attribute, offset_size, form);
}

bool die_number(struct debug_info *info, Dwarf_Die die, uint16_t attribute, uint64_t *ret)
{
    Dwarf_Attribute found = attribute_of(info, die, attribute);
    Dwarf_Unsigned value = 0;
    Dwarf_Signed signed_value = 0;
    Dwarf_Error error = NULL;

    if (!found)
        return false;
    int status = dwarf_formudata(found, &value, &error);
    if (status == DW_DLV_ERROR) {
        // DW_FORM_implicit_const is signed only to old releases, and DW_FORM_sdata to all.
        dwarf_dealloc_error(info->dbg, error);
        status = dwarf_formsdata(found, &signed_value, &error);
        value = (Dwarf_Unsigned)signed_value;
    }
    dwarf_dealloc_attribute(found);
    if (!debug_info_ok(info, status, error, "number"))
        return false;
    *ret = value;
    return true;
}

bool die_reference(struct debug_info *info, Dwarf_Die die, uint16_t attribute, uint64_t *ret)
{
    Dwarf_Attribute found = attribute_of(info, die, attribute);
    Dwarf_Off offset = 0;
    Dwarf_Error error = NULL;

    if (!found)
        return false;
    int status = dwarf_global_formref(found, &offset, &error);
    dwarf_dealloc_attribute(found);
    if (!debug_info_ok(info, status, error, "reference"))
        return false;
    *ret = offset;
    return true;
}

const char *die_string(struct debug_info *info, Dwarf_Die die, uint16_t attribute)
{
    Dwarf_Attribute found = attribute_of(info, die, attribute);
    char *text = NULL;
    Dwarf_Error error = NULL;

    if (!found)
        return NULL;
    int status = dwarf_formstring(found, &text, &error);
    dwarf_dealloc_attribute(found);
    bool ok = debug_info_ok(info, status, error, "string");
    return ok && text && *text ? text : NULL;
}

bool die_has(struct debug_info *info, Dwarf_Die die, uint16_t attribute)
{
    Dwarf_Bool has = 0;
    Dwarf_Error error = NULL;
    int status = dwarf_hasattr(die, attribute, &has, &error);

    return debug_info_ok(info, status, error, "attribute") && has;
}

bool die_low_pc(struct debug_info *info, Dwarf_Die die, uint64_t *ret)
{
    Dwarf_Addr addr = 0;
    Dwarf_Error error = NULL;

    if (!die_has(info, die, DW_AT_low_pc) ||
        !debug_info_ok(info, dwarf_lowpc(die, &addr, &error), error, "address"))
        return false;
    *ret = addr;
    return true;
}

// What the linker threw away keeps its debug info, at address 0 or -1.
static void add_range(const struct debug_info *info, uint64_t begin, uint64_t end, uint32_t value,
                      struct ranges *ret)
{
    if (image_is_code(info->image, begin))
        ranges_add(ret, begin, end, value);
}

// DWARF 2 to 4: pairs of offsets to a base, which an entry may change.
static void add_old_ranges(struct debug_info *info, Dwarf_Die die, uint64_t offset, uint64_t base,
                           uint32_t value, struct ranges *ret)
{
    Dwarf_Ranges *items = NULL;
    Dwarf_Signed count = 0;
    Dwarf_Unsigned n_bytes = 0;
    Dwarf_Off real_offset = 0;
    Dwarf_Error error = NULL;
    int status =
        dwarf_get_ranges_b(info->dbg, offset, die, &real_offset, &items, &count, &n_bytes, &error);

    if (!debug_info_ok(info, status, error, "ranges"))
        return;
    for (Dwarf_Signed i = 0; i < count && items[i].dwr_type != DW_RANGES_END; i++) {
        if (items[i].dwr_type == DW_RANGES_ADDRESS_SELECTION)
            base = items[i].dwr_addr2;
        else
            add_range(info, base + items[i].dwr_addr1, base + items[i].dwr_addr2, value, ret);
    }
    dwarf_dealloc(info->dbg, items, DW_DLA_RANGES);
}

// DWARF 5: libdwarf works out the bases.
static void add_new_ranges(struct debug_info *info, Dwarf_Attribute attribute, uint16_t form,
                           uint64_t offset, uint32_t value, struct ranges *ret)
{
    Dwarf_Rnglists_Head head = NULL;
    Dwarf_Unsigned count = 0;
    Dwarf_Unsigned start = 0;
    Dwarf_Error error = NULL;
    int status =
        dwarf_rnglists_get_rle_head(attribute, form, offset, &head, &count, &start, &error);

    if (!debug_info_ok(info, status, error, "range list"))
        return;
    for (Dwarf_Unsigned i = 0; i < count; i++) {
        unsigned length = 0;
        unsigned kind = DW_RLE_end_of_list;
        Dwarf_Bool is_missing = 0;
        Dwarf_Unsigned raw1 = 0;
        Dwarf_Unsigned raw2 = 0;
        Dwarf_Unsigned begin = 0;
        Dwarf_Unsigned end = 0;
        status = dwarf_get_rnglists_entry_fields_a(head, i, &length, &kind, &raw1, &raw2,
                                                   &is_missing, &begin, &end, &error);
        if (!debug_info_ok(info, status, error, "range list"))
            break;
        bool is_range = kind != DW_RLE_end_of_list && kind != DW_RLE_base_address &&
                        kind != DW_RLE_base_addressx;
        if (is_range && !is_missing)
            add_range(info, begin, end, value, ret);
    }
    dwarf_dealloc_rnglists_head(head);
}

static void add_listed_ranges(struct debug_info *info, Dwarf_Die die, uint64_t base, uint32_t value,
                              struct ranges *ret)
{
    Dwarf_Attribute attribute = attribute_of(info, die, DW_AT_ranges);
    Dwarf_Half form = 0;
    Dwarf_Half version = 0;
    Dwarf_Half offset_size = 0;
    Dwarf_Unsigned offset = 0;
    Dwarf_Error error = NULL;

    if (!attribute)
        return;
    int status = dwarf_whatform(attribute, &form, &error);
    if (status == DW_DLV_OK)
        status = form == DW_FORM_rnglistx || form == DW_FORM_data4 || form == DW_FORM_data8
                     ? dwarf_formudata(attribute, &offset, &error)
                     : dwarf_global_formref(attribute, &offset, &error);
    if (debug_info_ok(info, status, error, "ranges") &&
        dwarf_get_version_of_die(die, &version, &offset_size) == DW_DLV_OK) {
        if (version >= 5)
            add_new_ranges(info, attribute, form, offset, value, ret);
        else
            add_old_ranges(info, die, offset, base, value, ret);
    }
    dwarf_dealloc_attribute(attribute);
}

void die_add_ranges(struct debug_info *info, Dwarf_Die die, uint64_t base, uint32_t value,
                    struct ranges *ret)
{
    uint64_t low = 0;
    Dwarf_Addr high = 0;
    Dwarf_Half form = 0;
    enum Dwarf_Form_Class class = DW_FORM_CLASS_UNKNOWN;
    Dwarf_Error error = NULL;

    if (die_has(info, die, DW_AT_ranges)) {
        add_listed_ranges(info, die, base, value, ret);
        return;
    }
    if (!die_low_pc(info, die, &low) || !die_has(info, die, DW_AT_high_pc))
        return;
    int status = dwarf_highpc_b(die, &high, &form, &class, &error);
    if (!debug_info_ok(info, status, error, "address"))
        return;
    add_range(info, low, class == DW_FORM_CLASS_CONSTANT ? low + high : high, value, ret);
}
