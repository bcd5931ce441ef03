/**
 * @file
 * The values of chosen attributes of one DIE.
 *
 * @source DWARF 5 sections 7.5.3 to 7.5.5
 */
#ifndef LPROF_OBJECT_DIE_VALUES_H
#define LPROF_OBJECT_DIE_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "object/abbrevs.h"
#include "object/image.h"
#include "object/unit_header.h"

/** A unit whose DIEs are read. */
struct die_context {
    struct image *image;
    struct unit_header header;
    uint64_t strings_base; ///< Where the unit's part of .debug_str_offsets starts.
};

/** The value of an attribute. A zeroed struct says that the DIE does not have it. */
struct die_value {
    uint16_t form;    ///< DW_FORM_...
    uint64_t number;  ///< A reference within the unit is made an offset of .debug_info.
    const char *text; ///< Of DW_FORM_string.
};

/**
 * Read a DIE.
 *
 * @param abbrevs The unit's, up to that of this DIE at least.
 * @param offset Of the DIE in .debug_info.
 * @param names The attributes that are wanted: DW_AT_...
 * @param[out] ret One for each of the `n` names.
 * @return The DIE's tag (DW_TAG_...); 0 when something in it is not known.
 */
uint16_t die_values_read(const struct die_context *context, const struct abbrevs *abbrevs,
                         uint64_t offset, const uint16_t *names, size_t n, struct die_value *ret);

/**
 * Read the value of one attribute, of which only a number is kept; larger ones are passed over.
 *
 * @param unit Offset of the unit's header: what references within the unit count from.
 */
void die_values_read_one(struct cursor *cursor, const struct abbrev_attribute *attribute,
                         uint64_t unit, struct die_value *ret);

/** The string that a value tells; it lies in the image. NULL when there is none, or an empty one. */
const char *die_values_text(const struct die_context *context, const struct die_value *value);

/** Whether the value is an index in .debug_addr or an address: what it says may be one of code. */
bool die_values_is_address(const struct die_value *value);

#endif
