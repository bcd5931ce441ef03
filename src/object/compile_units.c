#include "object/compile_units.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/mem.h"
#include "object/debug_alt.h"
#include "object/inline_tree.h"
#include "object/line_fallback.h"
#include "object/split_package.h"
#include "object/unit_fallback.h"

// A unit that does not tell its addresses owns those of its line table, or else of its functions.
static void find_ranges(struct compile_units *units, struct compile_unit *unit)
{
    const struct line_table *lines = compile_units_lines(unit);
    uint32_t index = (uint32_t)(unit - units->items);

    for (size_t i = 0; i < lines->n_sequences; i++)
        ranges_add(&units->addrs, lines->sequences[i].begin, lines->sequences[i].end, index);
    if (unit->root.has_lines)
        return;
    const struct inline_tree *inlines = compile_units_inlines(unit);
    for (size_t i = 0; i < inlines->addrs.count; i++)
        ranges_add(&units->addrs, inlines->addrs.items[i].begin, inlines->addrs.items[i].end,
                   index);
}

// Partial and type units hold no code.
static bool may_have_code(uint16_t tag)
{
    return tag == DW_TAG_compile_unit || tag == DW_TAG_skeleton_unit;
}

static void read_unit(struct compile_units *units, const struct unit_header *header)
{
    struct compile_unit unit = {.owner = units};
    uint32_t index = (uint32_t)units->count;
    size_t n_ranges = units->addrs.count;

    if (!unit_root_read(units->info->image, header, index, &unit.root, &units->addrs) &&
        !unit_fallback_read(units->info, header, index, &unit.root, &units->addrs))
        return;
    if (may_have_code(unit.root.tag) && units->addrs.count == n_ranges)
        unit.is_rangeless = !unit.root.tells_addresses;
    units->items = mem_grow(units->items, &units->capacity, units->count, sizeof *units->items);
    units->items[units->count++] = unit;
}

static void read_units(struct compile_units *units, const struct image_section *section)
{
    struct unit_header header = {0};

    while (header.end < section->n_bytes) {
        if (unit_header_read(section, header.end, &header))
            read_unit(units, &header);
        else
            debug_info_failed(units->info, "unit", NULL);
        if (!header.end)
            return;
    }
}

void compile_units_init(struct compile_units *units, struct debug_info *info)
{
    struct image_section *section = image_section(info->image, ".debug_info");

    *units = (struct compile_units){.info = info};
    if (section && image_load(info->image, section))
        read_units(units, section);
    for (size_t i = 0; i < units->count; i++)
        if (units->items[i].is_rangeless)
            find_ranges(units, &units->items[i]);
}

void compile_units_deinit(struct compile_units *units)
{
    for (size_t i = 0; i < units->count; i++) {
        line_table_deinit(&units->items[i].lines);
        inline_tree_destroy(units->items[i].inlines);
        abbrevs_deinit(&units->items[i].abbrevs);
        split_unit_close(units->items[i].split);
    }
    image_close(units->package);
    free(units->items);
    ranges_deinit(&units->addrs);
    if (units->supplement) {
        struct debug_info *info = units->supplement->info;
        compile_units_deinit(units->supplement);
        debug_info_close(info);
        free(units->supplement);
    }
    *units = (struct compile_units){0};
}

// One set of .debug_aranges: the addresses of one unit. False when it is damaged.
static bool read_address_set(struct compile_units *units, struct cursor *cursor)
{
    uint64_t length = cursor_number(cursor, 4);
    size_t offset_size = length == UINT32_MAX ? 8 : 4;

    if (offset_size == 8)
        length = cursor_number(cursor, 8);
    if (length > cursor_left(cursor))
        return false;
    struct cursor set = {cursor->pos, cursor->pos + length, false};
    cursor_skip(cursor, length);
    cursor_skip(&set, 2); // Version: always 2.
    const struct compile_unit *unit = compile_units_of_die(units, cursor_number(&set, offset_size));
    if (cursor_u8(&set) != 8 || cursor_u8(&set) != 0 || !unit)
        return false;
    // Pairs are aligned to their size, counted from the start of the set.
    size_t header = (offset_size == 8 ? 12u : 4u) + 2 + offset_size + 2;
    cursor_skip(&set, (16 - header % 16) % 16);
    while (!set.failed && cursor_left(&set)) {
        uint64_t begin = cursor_number(&set, 8);
        uint64_t size = cursor_number(&set, 8);
        if (size && image_is_code(units->info->image, begin))
            ranges_add(&units->addrs, begin, begin + size, (uint32_t)(unit - units->items));
    }
    return !set.failed;
}

// In DWARF 2 a unit can tell one stretch of addresses only, though it may have several.
static void read_address_table(struct compile_units *units)
{
    struct image *image = units->info->image;
    struct image_section *section = image_section(image, ".debug_aranges");

    if (!section || !image_load(image, section))
        return;
    struct cursor cursor = {section->bytes, section->bytes + section->n_bytes, false};
    while (cursor_left(&cursor)) {
        if (!read_address_set(units, &cursor)) {
            debug_info_failed(units->info, ".debug_aranges", NULL);
            return;
        }
    }
}

struct compile_unit *compile_units_find(struct compile_units *units, uint64_t addr)
{
    const struct range *range = ranges_find(&units->addrs, addr);

    if (!range && !units->has_table && units->info) {
        units->has_table = true;
        read_address_table(units);
        range = ranges_find(&units->addrs, addr);
    }
    return range ? &units->items[range->value] : NULL;
}

// The unit around an offset of .debug_info.
static struct compile_unit *unit_around(struct compile_units *units, uint64_t offset)
{
    size_t low = 0;
    size_t high = units->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (units->items[middle].root.context.header.offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &units->items[low - 1] : NULL;
}

// The units of the supplementary file; opened when the first DIE refers to it.
static struct compile_units *supplement_of(struct compile_units *units)
{
    if (!units->has_supplement) {
        units->has_supplement = true;
        struct image *image = debug_alt_of(units->info->image);
        if (image) {
            units->supplement = mem_alloc(sizeof *units->supplement);
            compile_units_init(units->supplement, debug_info_open(image));
            for (size_t i = 0; i < units->supplement->count; i++)
                units->supplement->items[i].root.context.file = DIE_FILE_SUPPLEMENT;
        }
    }
    return units->supplement;
}

struct compile_unit *compile_units_of_die(struct compile_units *units, uint64_t die)
{
    uint64_t file = die & ~DIE_OFFSET;

    if (!file)
        return unit_around(units, die);
    if (file == DIE_FILE_SUPPLEMENT) {
        struct compile_units *supplement = supplement_of(units);
        return supplement ? unit_around(supplement, die & DIE_OFFSET) : NULL;
    }
    uint64_t index = (file - DIE_FILE_SPLIT(0)) / (DIE_OFFSET + 1);
    return index < units->count && units->items[index].split ? &units->items[index] : NULL;
}

// Libdwarf reads files and rows in one go.
static void fall_back(struct compile_unit *unit)
{
    struct debug_info *info = unit->owner->info;

    line_table_deinit(&unit->lines);
    line_table_init(&unit->lines, info->image, unit->root.folder);
    line_fallback_read(info, unit, &unit->lines);
    line_table_finish(&unit->lines);
    unit->has_rows = true;
}

struct line_table *compile_units_files(struct compile_unit *unit)
{
    struct image *image = unit->owner->info->image;

    if (unit->has_files)
        return &unit->lines;
    unit->has_files = true;
    line_table_init(&unit->lines, image, unit->root.folder);
    if (unit->root.has_lines &&
        !line_program_read(image, unit->root.line_offset, &unit->lines, &unit->program))
        fall_back(unit);
    return &unit->lines;
}

static void count_decoded(struct compile_unit *unit)
{
    if (!unit->is_decoded)
        unit->owner->n_decoded++;
    unit->is_decoded = true;
}

struct line_table *compile_units_lines(struct compile_unit *unit)
{
    struct line_table *lines = compile_units_files(unit);

    count_decoded(unit);
    if (unit->has_rows || !unit->root.has_lines)
        return lines;
    unit->has_rows = true;
    if (!line_program_run(&unit->program, lines))
        debug_info_failed(unit->owner->info, "line program", NULL);
    line_table_finish(lines);
    return lines;
}

static void open_split(struct compile_unit *unit)
{
    struct compile_units *units = unit->owner;
    const char *debug_path = units->info->image->path;
    const char *binary = units->info->binary ? units->info->binary : debug_path;

    if (unit->has_split || !unit->root.split_name)
        return;
    unit->has_split = true;
    if (!units->has_package) {
        units->has_package = true;
        units->package = split_package_find(binary);
        if (!units->package)
            units->package = split_package_find(debug_path);
    }
    unit->split =
        split_unit_open(&unit->root, binary, units->package, DIE_FILE_SPLIT(unit - units->items));
    if (unit->split) {
        unit->root.language = unit->split->language;
        unit->root.name = unit->split->name;
        return;
    }
    char *what = mem_printf("split debug info %s", unit->root.split_name);
    debug_info_failed(units->info, what, NULL);
    free(what);
}

uint64_t compile_units_root(struct compile_unit *unit)
{
    open_split(unit);
    const struct die_context *context = unit->split ? &unit->split->context : &unit->root.context;
    return context->file + context->header.root;
}

struct inline_tree *compile_units_inlines(struct compile_unit *unit)
{
    const struct unit_header *header = &unit->root.context.header;

    count_decoded(unit);
    if (unit->inlines)
        return unit->inlines;
    open_split(unit);
    unit->inlines =
        unit->split
            ? inline_tree_create_split(unit->owner->info, &unit->root, unit->split)
            : inline_tree_create(unit->owner->info, header->offset, header->root, unit->root.base);
    return unit->inlines;
}
