#include "object/unit_root.h"

#include <dwarf.h>

#include "object/range_lists.h"

enum {
    NAME,
    COMP_DIR,
    STMT_LIST,
    LANGUAGE,
    LOW_PC,
    HIGH_PC,
    RANGES,
    ADDR_BASE,
    RNGLISTS_BASE,
    STR_OFFSETS_BASE,
    DWO_NAME,
    GNU_DWO_NAME,
    GNU_DWO_ID,
    GNU_ADDR_BASE,
    GNU_RANGES_BASE,
    N_VALUES,
};

static const uint16_t names[N_VALUES] = {
    [NAME] = DW_AT_name,
    [COMP_DIR] = DW_AT_comp_dir,
    [STMT_LIST] = DW_AT_stmt_list,
    [LANGUAGE] = DW_AT_language,
    [LOW_PC] = DW_AT_low_pc,
    [HIGH_PC] = DW_AT_high_pc,
    [RANGES] = DW_AT_ranges,
    [ADDR_BASE] = DW_AT_addr_base,
    [RNGLISTS_BASE] = DW_AT_rnglists_base,
    [STR_OFFSETS_BASE] = DW_AT_str_offsets_base,
    [DWO_NAME] = DW_AT_dwo_name,
    [GNU_DWO_NAME] = DW_AT_GNU_dwo_name,
    [GNU_DWO_ID] = DW_AT_GNU_dwo_id,
    [GNU_ADDR_BASE] = DW_AT_GNU_addr_base,
    [GNU_RANGES_BASE] = DW_AT_GNU_ranges_base,
};

// Where a table's first entry stands when the unit does not tell: behind the section's first header.
static uint64_t base_or(const struct die_value *value, const struct unit_format *format,
                        uint64_t header_size)
{
    if (value->form)
        return value->number;
    return header_size + (format->offset_size == 8 ? 8 : 0);
}

static bool address_of(const struct range_source *source, const struct die_value *value,
                       uint64_t *ret)
{
    if (value->form != DW_FORM_addr)
        return range_lists_address(source, value->number, ret);
    *ret = value->number;
    return true;
}

static bool add_listed(const struct range_source *source, const struct die_value *list,
                       uint32_t value, struct ranges *ret)
{
    uint64_t offset = list->number;

    if (list->form == DW_FORM_rnglistx && !range_lists_offset(source, list->number, &offset))
        return false;
    return range_lists_read(source, offset, value, ret);
}

static bool add_addresses(const struct range_source *source, const struct die_value *values,
                          uint32_t value, struct ranges *ret)
{
    const struct die_value *high = &values[HIGH_PC];
    uint64_t end = source->base + high->number;

    if (values[RANGES].form) {
        size_t count = ret->count;
        bool ok = add_listed(source, &values[RANGES], value, ret);
        if (!ok)
            ret->count = count;
        return ok;
    }
    if (!values[LOW_PC].form || !high->form)
        return true;
    if (die_values_is_address(high->form) && !address_of(source, high, &end))
        return false;
    range_lists_add(source, source->base, end, value, ret);
    return true;
}

// The other abbreviations are not needed unless the unit holds a sample.
static uint16_t read_values(const struct die_context *context, struct die_value *ret)
{
    const struct unit_header *header = &context->header;
    struct image_section *section = image_section(context->image, ".debug_info");
    struct cursor cursor =
        cursor_make(section->bytes + header->root, section->n_bytes - header->root);
    struct abbrevs abbrevs;
    uint16_t tag = 0;

    if (abbrevs_init_one(&abbrevs, context->image, header->abbrevs, &header->format,
                         cursor_uleb(&cursor)))
        tag = die_values_read(context, &abbrevs, header->root, names, N_VALUES, ret);
    abbrevs_deinit(&abbrevs);
    return tag;
}

// What a skeleton tells of the rest of its unit: in DWARF 5, or as GNU extensions of DWARF 4.
static void read_skeleton(struct unit_root *root, const struct die_value *values)
{
    bool is_new = values[DWO_NAME].form;
    const struct die_value *name = &values[is_new ? DWO_NAME : GNU_DWO_NAME];

    root->split_name = die_values_text(&root->context, name);
    root->split_id = is_new ? root->context.header.split_id : values[GNU_DWO_ID].number;
    root->ranges_base = values[GNU_RANGES_BASE].number;
}

bool unit_root_read(struct image *image, const struct unit_header *header, uint32_t value,
                    struct unit_root *ret, struct ranges *addrs)
{
    struct die_value values[N_VALUES];
    struct range_source source;
    struct unit_root root = {.context = {.image = image, .header = *header}};

    root.tag = read_values(&root.context, values);
    if (!root.tag)
        return false;
    range_lists_init(&source, image, &header->format);
    bool is_gnu = values[GNU_ADDR_BASE].form;
    source.address_base =
        is_gnu ? values[GNU_ADDR_BASE].number : base_or(&values[ADDR_BASE], &header->format, 8);
    root.address_base = source.address_base;
    source.lists_base = base_or(&values[RNGLISTS_BASE], &header->format, 12);
    root.context.strings_base = base_or(&values[STR_OFFSETS_BASE], &header->format, 8);
    if (values[LOW_PC].form && !address_of(&source, &values[LOW_PC], &root.base))
        return false;
    source.base = root.base;
    if (!add_addresses(&source, values, value, addrs))
        return false;
    root.name = die_values_text(&root.context, &values[NAME]);
    root.folder = die_values_text(&root.context, &values[COMP_DIR]);
    root.has_lines = values[STMT_LIST].form;
    root.line_offset = values[STMT_LIST].number;
    root.language = values[LANGUAGE].number;
    read_skeleton(&root, values);
    root.tells_addresses = values[RANGES].form || values[HIGH_PC].form;
    *ret = root;
    return true;
}
