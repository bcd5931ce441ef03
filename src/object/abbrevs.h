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

struct abbrev_attribute {
    uint16_t name; ///< DW_AT_...
    uint16_t form; ///< DW_FORM_...
    int8_t size;   ///< [bytes] -1 = the value tells it.
    int64_t value; ///< Of DW_FORM_implicit_const.
};

struct abbrev {
    uint16_t tag; ///< 0 = there is no such abbreviation.
    bool has_children;
    bool is_fixed;       ///< All attributes together take `fixed_size` bytes.
    uint32_t fixed_size; ///< [bytes]
    uint32_t first;      ///< Index of its first attribute.
    uint32_t count;
};

struct abbrevs {
    struct abbrev *items; ///< [count] By code; compilers number them without holes.
    size_t count;
    size_t capacity;
    struct abbrev_attribute *attributes;
    size_t n_attributes;
    size_t attribute_capacity;
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
