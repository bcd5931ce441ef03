/**
 * @file
 * Going through the DIEs of a unit in the order of the file, reading only what functions and
 * inlined calls are made of.
 *
 * A unit has hundreds of thousands of DIEs of which a few matter: libdwarf takes some twenty times
 * as long for each. What is not known here is left to it (object/inline_fallback.h).
 *
 * @source DWARF 5 sections 7.5, 2.17 and 3.3
 */
#ifndef LPROF_OBJECT_DIE_SCAN_H
#define LPROF_OBJECT_DIE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "object/abbrevs.h"
#include "object/die_values.h"
#include "object/range_lists.h"
#include "object/ranges.h"

/** What is read of a DIE. */
struct die_fields {
    uint64_t offset; ///< In .debug_info.
    uint16_t tag;    ///< DW_TAG_..., 0 = the end of a list of children.
    bool has_children;
    bool has_low;
    bool has_high;
    bool has_ranges;
    bool high_is_size;    ///< `high` counts from `low`.
    uint16_t ranges_form; ///< DW_FORM_...
    uint64_t low;
    uint64_t high;
    uint64_t ranges;
    uint64_t origin;  ///< A reference to the DIE this is a copy of, 0 = none.
    uint64_t sibling; ///< Offset of the DIE behind the children, 0 = not told.
    uint64_t call_file;
    uint64_t call_line;
    uint64_t call_column;
    uint64_t address_base; ///< Of a unit's root: where its part of .debug_addr starts.
    uint64_t lists_base;   ///< Of a unit's root: where its part of .debug_rnglists starts.
};

/** A unit that is gone through. */
struct die_scan {
    struct image *image;
    const uint8_t *section; ///< The bytes of .debug_info.
    uint64_t unit;          ///< Offset of the unit's header.
    uint64_t file;          ///< What makes offsets references (object/die_values.h).
    uint64_t ranges_base;   ///< What offsets of range lists count from.
    uint64_t end;           ///< Offset behind the unit.
    struct unit_format format;
    struct abbrevs abbrevs;
    struct range_source ranges;
    struct die_fields root;
    struct cursor cursor; ///< Behind the DIE read last; `failed` means that something is not known.
};

/** Read a unit's header, abbreviations and root. False when something in it is not known here. */
bool die_scan_init(struct die_scan *scan, struct image *image, uint64_t unit);

/**
 * The same for the split part of a unit.
 *
 * @param skeleton Where the addresses and, before DWARF 5, the range lists of the unit are.
 * @param ranges_base Where its range lists start, before DWARF 5.
 */
bool die_scan_init_split(struct die_scan *scan, const struct die_context *context,
                         const struct range_source *skeleton, uint64_t ranges_base);

/** Free it. A zeroed struct is allowed. */
void die_scan_deinit(struct die_scan *scan);

/** Go to a DIE of the unit by its offset. */
void die_scan_seek(struct die_scan *scan, uint64_t offset);

/** Read the next DIE. False at the end of the unit, or where something is not known. */
bool die_scan_next(struct die_scan *scan, struct die_fields *ret);

/** Pass over the children of the DIE read last. */
void die_scan_skip_children(struct die_scan *scan, const struct die_fields *die);

/** Add the addresses of a DIE with `value`. False when something is not known. */
bool die_scan_add_ranges(const struct die_scan *scan, const struct die_fields *die, uint32_t value,
                         struct ranges *ret);

#endif
