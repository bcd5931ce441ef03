#include "object/die_scan.h"

#include <dwarf.h>

// A value of an attribute.
struct value {
    uint64_t number;
    bool is_address;
};

static uint64_t indexed_address(struct die_scan *scan, uint64_t index)
{
    uint64_t addr = 0;

    if (!range_lists_address(&scan->ranges, index, &addr))
        scan->reader.failed = true;
    return addr;
}

// Pass over a value whose size is not fixed. False for a form that is not known.
static bool skip_variable(struct reader *reader, uint16_t form)
{
    switch (form) {
    case DW_FORM_string:
        reader_string(reader);
        return true;
    case DW_FORM_block1:
        reader_skip(reader, reader_fixed(reader, 1));
        return true;
    case DW_FORM_block2:
        reader_skip(reader, reader_fixed(reader, 2));
        return true;
    case DW_FORM_block4:
        reader_skip(reader, reader_fixed(reader, 4));
        return true;
    case DW_FORM_block:
    case DW_FORM_exprloc:
        reader_skip(reader, reader_uleb(reader));
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
        reader_uleb(reader);
        return true;
    default:
        return false;
    }
}

static void skip_value(struct reader *reader, const struct abbrev_attribute *attribute)
{
    if (attribute->size >= 0)
        reader_skip(reader, (uint64_t)attribute->size);
    else if (!skip_variable(reader, attribute->form))
        reader_fail(reader);
}

// Read a number, an address or a reference (made an offset in .debug_info).
static struct value read_value(struct die_scan *scan, const struct abbrev_attribute *attribute)
{
    struct reader *reader = &scan->reader;
    struct value value = {0};

    switch (attribute->form) {
    case DW_FORM_implicit_const:
        value.number = (uint64_t)attribute->value;
        return value;
    case DW_FORM_udata:
    case DW_FORM_rnglistx:
        value.number = reader_uleb(reader);
        return value;
    case DW_FORM_sdata:
        value.number = (uint64_t)reader_sleb(reader);
        return value;
    case DW_FORM_ref_udata:
        value.number = scan->unit + reader_uleb(reader);
        return value;
    case DW_FORM_addrx:
        value.number = indexed_address(scan, reader_uleb(reader));
        value.is_address = true;
        return value;
    default:
        break;
    }
    if (attribute->size < 0 || attribute->size > 8) {
        skip_value(reader, attribute);
        return value;
    }
    value.number = reader_fixed(reader, (size_t)attribute->size);
    switch (attribute->form) {
    case DW_FORM_ref1:
    case DW_FORM_ref2:
    case DW_FORM_ref4:
    case DW_FORM_ref8:
        value.number += scan->unit;
        break;
    case DW_FORM_addr:
        value.is_address = true;
        break;
    case DW_FORM_addrx1:
    case DW_FORM_addrx2:
    case DW_FORM_addrx3:
    case DW_FORM_addrx4:
        value.number = indexed_address(scan, value.number);
        value.is_address = true;
        break;
    default:
        break;
    }
    return value;
}

// Whether an attribute is one of those that are read.
static bool is_wanted(uint16_t name)
{
    switch (name) {
    case DW_AT_low_pc:
    case DW_AT_high_pc:
    case DW_AT_ranges:
    case DW_AT_abstract_origin:
    case DW_AT_sibling:
    case DW_AT_call_file:
    case DW_AT_call_line:
    case DW_AT_call_column:
    case DW_AT_addr_base:
    case DW_AT_rnglists_base:
        return true;
    default:
        return false;
    }
}

static void read_attribute(struct die_scan *scan, const struct abbrev_attribute *attribute,
                           struct die_fields *ret)
{
    struct value value = read_value(scan, attribute);

    switch (attribute->name) {
    case DW_AT_low_pc:
        ret->has_low = value.is_address;
        ret->low = value.number;
        break;
    case DW_AT_high_pc:
        ret->has_high = true;
        ret->high = value.number;
        ret->high_is_size = !value.is_address;
        break;
    case DW_AT_ranges:
        ret->has_ranges = true;
        ret->ranges = value.number;
        ret->ranges_form = attribute->form;
        break;
    case DW_AT_abstract_origin:
        ret->origin = value.number;
        break;
    case DW_AT_sibling:
        ret->sibling = value.number;
        break;
    case DW_AT_call_file:
        ret->call_file = value.number;
        break;
    case DW_AT_call_line:
        ret->call_line = value.number;
        break;
    case DW_AT_call_column:
        ret->call_column = value.number;
        break;
    case DW_AT_addr_base:
        ret->address_base = value.number;
        break;
    default:
        ret->lists_base = value.number;
        break;
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

bool die_scan_next(struct die_scan *scan, struct die_fields *ret)
{
    struct reader *reader = &scan->reader;
    uint64_t offset = (uint64_t)(reader->at - scan->section);

    if (reader->at == reader->end)
        return false;
    uint64_t code = reader_uleb(reader);
    if (!code) {
        ret->tag = 0;
        return true;
    }
    const struct abbrev *abbrev = abbrevs_find(&scan->abbrevs, code);
    if (!abbrev) {
        reader_fail(reader);
        return false;
    }
    bool reads_all = is_code(abbrev->tag);
    if (!reads_all && !abbrev->has_children && abbrev->is_fixed) {
        reader_skip(reader, abbrev->fixed_size);
        ret->tag = abbrev->tag;
        ret->has_children = false;
        return !reader->failed;
    }
    *ret = (struct die_fields){
        .offset = offset,
        .tag = abbrev->tag,
        .has_children = abbrev->has_children,
    };
    for (uint32_t i = 0; i < abbrev->count; i++) {
        const struct abbrev_attribute *attribute = &scan->abbrevs.attributes[abbrev->first + i];
        bool wanted = reads_all ? is_wanted(attribute->name)
                                : attribute->name == DW_AT_sibling && abbrev->has_children;
        if (wanted)
            read_attribute(scan, attribute, ret);
        else
            skip_value(reader, attribute);
    }
    return !reader->failed;
}

void die_scan_seek(struct die_scan *scan, uint64_t offset)
{
    scan->reader = (struct reader){scan->section + scan->end, scan->section + scan->end, false};
    if (offset > scan->unit && offset < scan->end)
        scan->reader.at = scan->section + offset;
}

void die_scan_skip_children(struct die_scan *scan, const struct die_fields *die)
{
    uint64_t here = (uint64_t)(scan->reader.at - scan->section);
    size_t depth = die->has_children;
    struct die_fields below;

    if (depth && die->sibling >= here && die->sibling <= scan->end) {
        scan->reader.at = scan->section + die->sibling;
        return;
    }
    while (depth && die_scan_next(scan, &below)) {
        if (!below.tag) {
            depth--;
        } else if (below.has_children) {
            uint64_t at = (uint64_t)(scan->reader.at - scan->section);
            if (below.sibling >= at && below.sibling <= scan->end)
                scan->reader.at = scan->section + below.sibling;
            else
                depth++;
        }
    }
}

size_t die_scan_path(struct die_scan *scan, uint64_t offset, uint64_t *path, size_t size)
{
    size_t depth = 0;
    struct die_fields die;

    die_scan_seek(scan, scan->root.offset);
    while (die_scan_next(scan, &die)) {
        if (!die.tag) {
            depth -= depth > 0;
            continue;
        }
        if ((uint64_t)(scan->reader.at - scan->section) > offset)
            return depth;
        if (!die.has_children)
            continue;
        if (die.sibling && die.sibling <= offset) {
            die_scan_skip_children(scan, &die);
        } else if (depth < size) {
            path[depth++] = die.offset;
        } else {
            return 0;
        }
    }
    return 0;
}

// Read the header; `reader` then stands at the root.
static bool read_header(struct die_scan *scan, const struct image_section *section,
                        uint64_t *abbrevs_ret)
{
    struct reader *reader = &scan->reader;
    uint64_t length = reader_fixed(reader, 4);
    uint8_t kind = DW_UT_compile;

    scan->format.offset_size = 4;
    if (length == UINT32_MAX) {
        length = reader_fixed(reader, 8);
        scan->format.offset_size = 8;
    }
    if (length > reader_left(reader))
        return false;
    reader->end = reader->at + length;
    scan->end = (uint64_t)(reader->end - section->bytes);
    scan->format.version = (uint16_t)reader_fixed(reader, 2);
    if (scan->format.version >= 5) {
        kind = reader_u8(reader);
        scan->format.address_size = reader_u8(reader);
    }
    *abbrevs_ret = reader_fixed(reader, scan->format.offset_size);
    if (scan->format.version < 5)
        scan->format.address_size = reader_u8(reader);
    bool is_known = scan->format.version >= 2 && scan->format.version <= 5 &&
                    (kind == DW_UT_compile || kind == DW_UT_partial);
    return is_known && scan->format.address_size == 8 && !reader->failed;
}

// Twice: the root's own addresses may need the bases, which stand behind them. Where they are missing,
// DWARF 5 takes the first table for granted.
static bool read_root(struct die_scan *scan)
{
    uint64_t offset = (uint64_t)(scan->reader.at - scan->section);
    bool is_large = scan->format.offset_size == 8;
    struct die_fields root = {0};

    for (int i = 0; i < 2; i++) {
        scan->ranges.address_base = root.address_base ? root.address_base : is_large ? 16 : 8;
        scan->ranges.lists_base = root.lists_base ? root.lists_base : is_large ? 20 : 12;
        die_scan_seek(scan, offset);
        die_scan_next(scan, &root);
        if (root.offset != offset)
            return false;
    }
    scan->ranges.base = root.has_low ? root.low : 0;
    scan->root = root;
    return !scan->reader.failed;
}

bool die_scan_init(struct die_scan *scan, struct image *image, uint64_t unit)
{
    struct image_section *section = image_section(image, ".debug_info");
    uint64_t abbrevs = 0;

    *scan = (struct die_scan){.image = image, .unit = unit};
    if (!section || !image_load(image, section) || unit >= section->n_bytes)
        return false;
    scan->section = section->bytes;
    scan->reader = (struct reader){section->bytes + unit, section->bytes + section->n_bytes, false};
    if (!read_header(scan, section, &abbrevs) ||
        !abbrevs_init(&scan->abbrevs, image, abbrevs, &scan->format))
        return false;
    range_lists_init(&scan->ranges, image, &scan->format);
    return read_root(scan);
}

void die_scan_deinit(struct die_scan *scan)
{
    abbrevs_deinit(&scan->abbrevs);
}

bool die_scan_add_ranges(const struct die_scan *scan, const struct die_fields *die, uint32_t value,
                         struct ranges *ret)
{
    uint64_t offset = die->ranges;

    if (!die->has_ranges) {
        uint64_t end = die->high_is_size ? die->low + die->high : die->high;
        if (die->has_low && die->has_high)
            range_lists_add(&scan->ranges, die->low, end, value, ret);
        return true;
    }
    if (die->ranges_form == DW_FORM_rnglistx &&
        !range_lists_offset(&scan->ranges, die->ranges, &offset))
        return false;
    return range_lists_read(&scan->ranges, offset, value, ret);
}
