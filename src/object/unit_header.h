/**
 * @file
 * The header of a unit in .debug_info.
 *
 * @source DWARF 5 section 7.5.1
 */
#ifndef LPROF_OBJECT_UNIT_HEADER_H
#define LPROF_OBJECT_UNIT_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "object/abbrevs.h"
#include "object/image.h"

struct unit_header {
    uint64_t offset;   ///< Where the header starts.
    uint64_t root;     ///< Offset of the first DIE, behind the header.
    uint64_t end;      ///< Offset behind the unit.
    uint64_t abbrevs;  ///< In .debug_abbrev.
    uint64_t split_id; ///< DWARF 5: what a skeleton and its split unit have in common; else 0.
    uint8_t kind;      ///< DW_UT_...; DW_UT_compile before DWARF 5.
    struct unit_format format;
};

/**
 * Read the header at an offset of a loaded .debug_info.
 *
 * @param[out] ret Also set when the unit is of a version or address size that is not known here:
 *             `end` is then the only thing to be trusted; 0 = not even that.
 * @return False when it is damaged or not known.
 */
bool unit_header_read(const struct image_section *section, uint64_t offset,
                      struct unit_header *ret);

#endif
