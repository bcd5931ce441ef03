/**
 * @file
 * The values of chosen attributes of one DIE.
 *
 * A reference to a DIE is its offset in .debug_info with, above that, the file that it stands in: 0 is
 * the file with the line info.
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

/** The part of a reference that is an offset. */
#define DIE_OFFSET ((UINT64_C(1) << 40) - 1)
/** What is added to an offset in the supplementary file (object/debug_alt.h). */
#define DIE_FILE_SUPPLEMENT (UINT64_C(1) << 40)

/** What is added to an offset in the split part of a unit (object/split_unit.h), by its index. */
#define DIE_FILE_SPLIT(index) (((uint64_t)(index) + 2) << 40)

/** A unit whose DIEs are read. */
struct die_context {
    struct image *image;
    uint64_t file; ///< What makes offsets in it references.
    struct unit_header header;
    uint64_t strings_base; ///< Where the unit's part of .debug_str_offsets starts.
};

/** The value of an attribute. A zeroed struct says that the DIE does not have it. */
struct die_value {
    uint16_t form;    ///< DW_FORM_...
    uint64_t number;  ///< References are as told above.
    const char *text; ///< Of DW_FORM_string.
};

/**
 * Read a DIE.
 *
 * @param abbrevs The unit's, up to that of this DIE at least.
 * @param die A reference to it.
 * @param names The attributes that are wanted: DW_AT_...
 * @param[out] ret One for each of the `n` names.
 * @return The DIE's tag (DW_TAG_...); 0 when something in it is not known.
 */
uint16_t die_values_read(const struct die_context *context, const struct abbrevs *abbrevs,
                         uint64_t die, const uint16_t *names, size_t n, struct die_value *ret);

/**
 * Read the value of one attribute, of which only a number is kept; larger ones are passed over.
 *
 * @param unit The unit's header as a reference: what references within the unit count from.
 */
void die_values_read_one(struct cursor *cursor, const struct abbrev_attribute *attribute,
                         uint64_t unit, struct die_value *ret);

/** The string that a value tells; it lies in the image. NULL when there is none, or an empty one. */
const char *die_values_text(const struct die_context *context, const struct die_value *value);

/** Whether values of a form are addresses, or indices in .debug_addr: what they say may be one of code. */
bool die_values_is_address(uint16_t form);

#endif
