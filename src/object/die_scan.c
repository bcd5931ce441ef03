#include "object/die_scan.h"

#include <dwarf.h>

#include "object/die_values.h"
#include "object/unit_header.h"

// A value that can be read without looking at its form.
static uint64_t read_number(const struct die_scan *scan, struct cursor *cursor,
                            const struct abbrev_attribute *attribute)
{
    if (attribute->reading == ABBREV_CONSTANT)
        return (uint64_t)attribute->value;
    uint64_t number = cursor_number(cursor, (size_t)attribute->size);
    return attribute->reading == ABBREV_IN_UNIT ? number + scan->unit + scan->file : number;
}

// Addresses told by an index are looked up.
static uint64_t read_value(struct die_scan *scan, const struct abbrev_attribute *attribute)
{
    struct die_value value;

    if (attribute->reading != ABBREV_OF_ITS_FORM)
        return read_number(scan, &scan->cursor, attribute);
    die_values_read_one(&scan->cursor, attribute, scan->unit + scan->file, &value);
    if (die_values_is_address(value.form) &&
        !range_lists_address(&scan->ranges, value.number, &value.number))
        scan->cursor.failed = true;
    return value.number;
}

static void use_value(const struct abbrev_attribute *attribute, uint64_t number,
                      struct die_fields *ret)
{
    switch (attribute->role) {
    case ABBREV_LOW_PC:
        ret->has_low = die_values_is_address(attribute->form);
        ret->low = number;
        break;
    case ABBREV_HIGH_PC:
        ret->has_high = true;
        ret->high = number;
        ret->high_is_size = !die_values_is_address(attribute->form);
        break;
    case ABBREV_RANGES:
        ret->has_ranges = true;
        ret->ranges = number;
        ret->ranges_form = attribute->form;
        break;
    case ABBREV_ORIGIN:
        ret->origin = number;
        break;
    case ABBREV_SIBLING:
        ret->sibling = number & DIE_OFFSET;
        break;
    case ABBREV_CALL_FILE:
        ret->call_file = number;
        break;
    case ABBREV_CALL_LINE:
        ret->call_line = number;
        break;
    case ABBREV_CALL_COLUMN:
        ret->call_column = number;
        break;
    case ABBREV_ADDR_BASE:
        ret->address_base = number;
        break;
    default:
        ret->lists_base = number;
        break;
    }
}

// A DIE whose values have fixed sizes: those with a role are picked out.
static void pick_values(struct die_scan *scan, const struct abbrev *abbrev, struct die_fields *ret)
{
    const uint8_t *values = cursor_skip(&scan->cursor, abbrev->fixed_size);

    for (uint32_t i = 0; values && i < abbrev->n_fields; i++) {
        const struct abbrev_field *field = &scan->abbrevs.fields[abbrev->first_field + i];
        const struct abbrev_attribute *attribute =
            &scan->abbrevs.attributes[abbrev->first + field->attribute];
        struct cursor cursor = {values + field->offset, scan->cursor.pos, false};
        use_value(attribute, read_number(scan, &cursor, attribute), ret);
    }
}

static void read_values(struct die_scan *scan, const struct abbrev *abbrev, struct die_fields *ret)
{
    for (uint32_t i = 0; i < abbrev->count; i++) {
        const struct abbrev_attribute *attribute = &scan->abbrevs.attributes[abbrev->first + i];
        if (attribute->role)
            use_value(attribute, read_value(scan, attribute), ret);
        else
            abbrevs_skip_value(&scan->cursor, attribute);
    }
}

// Only where a DIE and its children end: most DIEs are read so. What is told of calls is left as it was.
static void pass_over(struct die_scan *scan, const struct abbrev *abbrev, struct die_fields *ret)
{
    const uint8_t *values = cursor_skip(&scan->cursor, abbrev->fixed_size);

    ret->tag = abbrev->tag;
    ret->has_children = abbrev->has_children;
    ret->has_low = ret->has_high = ret->has_ranges = false;
    ret->origin = ret->sibling = 0;
    if (!values || !abbrev->sibling_size)
        return;
    struct cursor place = {values + abbrev->sibling, scan->cursor.pos, false};
    ret->sibling = cursor_number(&place, abbrev->sibling_size) + scan->unit;
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
    ret->offset = offset;
    if (abbrev->way == ABBREV_PASS) {
        pass_over(scan, abbrev, ret);
        return !cursor->failed;
    }
    *ret = (struct die_fields){
        .offset = offset,
        .tag = abbrev->tag,
        .has_children = abbrev->has_children,
    };
    if (abbrev->way == ABBREV_PICK)
        pick_values(scan, abbrev, ret);
    else
        read_values(scan, abbrev, ret);
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
