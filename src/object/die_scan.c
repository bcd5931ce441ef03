#include "object/die_scan.h"

#include <dwarf.h>

#include "object/die_values.h"
#include "object/unit_header.h"

// Addresses told by an index are looked up.
static struct die_value read_value(struct die_scan *scan, const struct abbrev_attribute *attribute)
{
    struct die_value value;

    die_values_read_one(&scan->cursor, attribute, scan->unit + scan->file, &value);
    if (die_values_is_address(&value) && value.form != DW_FORM_addr &&
        !range_lists_address(&scan->ranges, value.number, &value.number))
        scan->cursor.failed = true;
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
    struct die_value value = read_value(scan, attribute);

    switch (attribute->name) {
    case DW_AT_low_pc:
        ret->has_low = die_values_is_address(&value);
        ret->low = value.number;
        break;
    case DW_AT_high_pc:
        ret->has_high = true;
        ret->high = value.number;
        ret->high_is_size = !die_values_is_address(&value);
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
        ret->sibling = value.number & DIE_OFFSET;
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
    struct cursor *cursor = &scan->cursor;
    uint64_t offset = (uint64_t)(cursor->pos - scan->section);

    if (cursor->pos == cursor->end)
        return false;
    uint64_t code = cursor_uleb(cursor);
    if (!code) {
        ret->tag = 0;
        return true;
    }
    const struct abbrev *abbrev = abbrevs_find(&scan->abbrevs, code);
    if (!abbrev) {
        cursor_fail(cursor);
        return false;
    }
    bool reads_all = is_code(abbrev->tag);
    if (!reads_all && !abbrev->has_children && abbrev->is_fixed) {
        cursor_skip(cursor, abbrev->fixed_size);
        ret->tag = abbrev->tag;
        ret->has_children = false;
        return !cursor->failed;
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
            abbrevs_skip_value(cursor, attribute);
    }
    return !cursor->failed;
}

void die_scan_seek(struct die_scan *scan, uint64_t offset)
{
    scan->cursor = (struct cursor){scan->section + scan->end, scan->section + scan->end, false};
    if (offset > scan->unit && offset < scan->end)
        scan->cursor.pos = scan->section + offset;
}

void die_scan_skip_children(struct die_scan *scan, const struct die_fields *die)
{
    uint64_t here = (uint64_t)(scan->cursor.pos - scan->section);
    size_t depth = die->has_children;
    struct die_fields below;

    if (depth && die->sibling >= here && die->sibling <= scan->end) {
        scan->cursor.pos = scan->section + die->sibling;
        return;
    }
    while (depth && die_scan_next(scan, &below)) {
        if (!below.tag) {
            depth--;
        } else if (below.has_children) {
            uint64_t at = (uint64_t)(scan->cursor.pos - scan->section);
            if (below.sibling >= at && below.sibling <= scan->end)
                scan->cursor.pos = scan->section + below.sibling;
            else
                depth++;
        }
    }
}

// Twice: the root's own addresses may need the bases, which stand behind them. Where they are missing,
// DWARF 5 takes the first table for granted.
static bool read_root(struct die_scan *scan, uint64_t offset)
{
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
    return !scan->cursor.failed;
}

// Units of types are left to libdwarf.
static bool is_known(const struct unit_header *header)
{
    return header->kind == DW_UT_compile || header->kind == DW_UT_partial ||
           header->kind == DW_UT_skeleton;
}

bool die_scan_init(struct die_scan *scan, struct image *image, uint64_t unit)
{
    struct image_section *section = image_section(image, ".debug_info");
    struct unit_header header;

    *scan = (struct die_scan){.image = image, .unit = unit};
    if (!section || !image_load(image, section) || !unit_header_read(section, unit, &header) ||
        !is_known(&header))
        return false;
    scan->section = section->bytes;
    scan->end = header.end;
    scan->format = header.format;
    if (!abbrevs_init(&scan->abbrevs, image, header.abbrevs, &scan->format))
        return false;
    range_lists_init(&scan->ranges, image, &scan->format);
    return read_root(scan, header.root);
}

bool die_scan_init_split(struct die_scan *scan, const struct die_context *context,
                         const struct range_source *skeleton, uint64_t ranges_base)
{
    const struct unit_header *header = &context->header;
    struct image_section *section = image_section(context->image, ".debug_info");

    *scan = (struct die_scan){
        .image = context->image,
        .unit = header->offset,
        .end = header->end,
        .format = header->format,
        .file = context->file,
        .ranges = *skeleton,
    };
    if (!section || !image_load(context->image, section) ||
        !abbrevs_init(&scan->abbrevs, context->image, header->abbrevs, &scan->format))
        return false;
    scan->section = section->bytes;
    if (header->format.version >= 5)
        range_lists_use_split(&scan->ranges, context->image, &header->format);
    else
        scan->ranges_base = ranges_base;
    die_scan_seek(scan, header->root);
    return die_scan_next(scan, &scan->root);
}

void die_scan_deinit(struct die_scan *scan)
{
    abbrevs_deinit(&scan->abbrevs);
}

bool die_scan_add_ranges(const struct die_scan *scan, const struct die_fields *die, uint32_t value,
                         struct ranges *ret)
{
    uint64_t offset = die->ranges + scan->ranges_base;

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
