/**
 * @file
 * The lists of addresses in .debug_ranges and .debug_rnglists.
 *
 * @source DWARF 5 sections 2.17.3 and 7.25; DWARF 4 section 2.17.3
 */
#ifndef LPROF_OBJECT_RANGE_LISTS_H
#define LPROF_OBJECT_RANGE_LISTS_H

#include <stdbool.h>
#include <stdint.h>

#include "object/abbrevs.h"
#include "object/ranges.h"

/** Where the lists of a unit are, and what their entries are relative to. */
struct range_source {
    struct image *image;
    struct unit_format format;
    const uint8_t *lists; ///< [n_lists] .debug_rnglists, or .debug_ranges before DWARF 5.
    size_t n_lists;
    const uint8_t *addresses; ///< [n_addresses] .debug_addr.
    size_t n_addresses;
    uint64_t base;         ///< Low pc of the unit.
    uint64_t lists_base;   ///< Where the unit's part of `lists` starts.
    uint64_t address_base; ///< Where the unit's part of `addresses` starts.
};

/** Find the sections; the bases are to be set. */
void range_lists_init(struct range_source *source, struct image *image,
                      const struct unit_format *format);

/** Take the lists from the image of a split unit of DWARF 5; addresses stay where they are. */
void range_lists_use_split(struct range_source *source, struct image *split,
                           const struct unit_format *format);

/** An address of .debug_addr by its index. False when there is none. */
bool range_lists_address(const struct range_source *source, uint64_t index, uint64_t *ret);

/** The offset of a list by its index. False when there is none. */
bool range_lists_offset(const struct range_source *source, uint64_t index, uint64_t *ret);

/** Add a range unless it is no code: what the linker threw away keeps its debug info. */
void range_lists_add(const struct range_source *source, uint64_t begin, uint64_t end,
                     uint32_t value, struct ranges *ret);

/** Add all ranges of a list with `value`. False when it is damaged; what came before is kept. */
bool range_lists_read(const struct range_source *source, uint64_t offset, uint32_t value,
                      struct ranges *ret);

#endif
