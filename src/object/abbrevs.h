/**
 * @file
 * The shapes of a unit's DIEs: tag, attributes and their forms.
 *
 * @source DWARF 5 section 7.5.3
 */
#ifndef LPROF_OBJECT_ABBREVS_H
#define LPROF_OBJECT_ABBREVS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "object/image.h"

/** Sizes that forms depend on. */
struct unit_format {
    uint16_t version;
    uint8_t offset_size;  ///< [bytes] 4 or 8.
    uint8_t address_size; ///< [bytes] 8.
};

/** The attributes that walks through DIEs read (object/die_scan.h). */
enum abbrev_role {
    ABBREV_OTHER,
    ABBREV_LOW_PC,
    ABBREV_HIGH_PC,
    ABBREV_RANGES,
    ABBREV_ORIGIN,
    ABBREV_SIBLING,
    ABBREV_CALL_FILE,
    ABBREV_CALL_LINE,
    ABBREV_CALL_COLUMN,
    ABBREV_ADDR_BASE,
    ABBREV_LISTS_BASE,
};

/** How a value becomes a number. */
enum abbrev_reading {
    ABBREV_OF_ITS_FORM, ///< As die_values_read_one() does.
    ABBREV_PLAIN,       ///< It is a number of `size` bytes.
    ABBREV_IN_UNIT,     ///< The same, counted from the unit's header.
    ABBREV_CONSTANT,    ///< The abbreviation itself has it.
};

struct abbrev_attribute {
    uint16_t name;   ///< DW_AT_...
    uint16_t form;   ///< DW_FORM_...
    int8_t size;     ///< [bytes] -1 = the value tells it.
    uint8_t role;    ///< enum abbrev_role
    uint8_t reading; ///< enum abbrev_reading
    int64_t value;   ///< Of DW_FORM_implicit_const.
};

/** How walks read a DIE. */
enum abbrev_way {
    ABBREV_READ, ///< Value by value.
    ABBREV_PICK, ///< Its size is fixed: those with a role are picked out.
    ABBREV_PASS, ///< The same, and the sibling alone is of interest.
};

/** A value that has a role. */
struct abbrev_field {
    uint16_t offset;    ///< [bytes] From the first value.
    uint16_t attribute; ///< Index among the abbreviation's.
};

struct abbrev {
    uint16_t tag; ///< 0 = there is no such abbreviation.
    bool has_children;
    uint8_t way;         ///< enum abbrev_way
    uint32_t fixed_size; ///< [bytes] Of all values, but with ABBREV_READ.
    uint32_t first;      ///< Index of its first attribute.
    uint32_t count;
    uint32_t first_field; ///< Index of its first field; their offsets hold with ABBREV_PICK.
    uint32_t n_fields;
    uint16_t sibling;     ///< [bytes] With ABBREV_PASS: where it is, from the first value...
    uint8_t sibling_size; ///< ...and how large; 0 = it is not told.
};

struct abbrevs {
    struct abbrev *items; ///< [count] By code; compilers number them without holes.
    size_t count;
    size_t capacity;
    struct abbrev_attribute *attributes;
    size_t n_attributes;
    size_t attribute_capacity;
    struct abbrev_field *fields;
    size_t n_fields;
    size_t field_capacity;
};

/** Read the abbreviations at an offset of .debug_abbrev. False when they are damaged or too odd. */
bool abbrevs_init(struct abbrevs *abbrevs, struct image *image, uint64_t offset,
                  const struct unit_format *format);

/** The same for a single abbreviation: that of a unit's root, most often. */
bool abbrevs_init_one(struct abbrevs *abbrevs, struct image *image, uint64_t offset,
                      const struct unit_format *format, uint64_t code);

/** Free them. A zeroed struct is allowed. */
void abbrevs_deinit(struct abbrevs *abbrevs);

/** The abbreviation with a code, or NULL. */
static inline const struct abbrev *abbrevs_find(const struct abbrevs *abbrevs, uint64_t code)
{
    bool is_there = code < abbrevs->count && abbrevs->items[code].tag;

    return is_there ? &abbrevs->items[code] : NULL;
}

/** The size of a form's value in bytes, or -1 when it tells its size itself or is not known. */
int abbrevs_form_size(uint16_t form, const struct unit_format *format);

/** Pass over a value that tells its size itself. False for a form that is not known. */
bool abbrevs_skip_variable(struct cursor *cursor, uint16_t form);

/** Pass over the value of an attribute; the cursor fails at a form that is not known. */
static inline void abbrevs_skip_value(struct cursor *cursor,
                                      const struct abbrev_attribute *attribute)
{
    if (attribute->size >= 0)
        cursor_skip(cursor, (uint64_t)attribute->size);
    else if (!abbrevs_skip_variable(cursor, attribute->form))
        cursor_fail(cursor);
}

#endif
