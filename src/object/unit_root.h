/**
 * @file
 * What the root of a unit tells: its source file, its line table, and which addresses it owns.
 *
 * A binary has thousands of units of which a few hold a sample: libdwarf, which takes some fifteen
 * times as long, reads only what is not known here (object/unit_fallback.h).
 *
 * @source DWARF 5 section 3.1.1
 */
#ifndef LPROF_OBJECT_UNIT_ROOT_H
#define LPROF_OBJECT_UNIT_ROOT_H

#include <stdbool.h>
#include <stdint.h>

#include "object/die_values.h"
#include "object/ranges.h"

struct unit_root {
    struct die_context context;
    uint16_t tag;           ///< DW_TAG_...
    const char *name;       ///< The source file, or NULL.
    const char *folder;     ///< The compiler's working folder, or NULL.
    bool has_lines;         ///< `line_offset` is told.
    bool tells_addresses;   ///< Even if there are none left after linking.
    uint64_t line_offset;   ///< In .debug_line.
    uint64_t language;      ///< DW_LANG_..., 0 = not told.
    uint64_t base;          ///< Its low pc: what its ranges are relative to.
    const char *split_name; ///< Of a skeleton: the file with the rest of the unit; else NULL.
    uint64_t split_id;      ///< Of a skeleton: what the rest is known by.
    uint64_t address_base;  ///< Where its part of .debug_addr starts.
    uint64_t
        ranges_base; ///< Of a skeleton before DWARF 5: where the split part's .debug_ranges start.
};

/**
 * Read the root of a unit.
 *
 * @param header Of a known version.
 * @param value What its addresses are added to `addrs` with.
 * @return False when something in it is not known here; nothing has been added then.
 */
bool unit_root_read(struct image *image, const struct unit_header *header, uint32_t value,
                    struct unit_root *ret, struct ranges *addrs);

#endif
