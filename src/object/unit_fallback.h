/**
 * @file
 * Reading a unit's root, and single DIEs, with libdwarf: for what object/unit_root.h and
 * object/die_values.h do not know, and to compare the two in tests.
 */
#ifndef LPROF_OBJECT_UNIT_FALLBACK_H
#define LPROF_OBJECT_UNIT_FALLBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "object/debug_info.h"
#include "object/unit_root.h"

/** As unit_root_read(). Strings live until debug_info_close(); a problem is counted. */
bool unit_fallback_read(struct debug_info *info, const struct unit_header *header, uint32_t value,
                        struct unit_root *ret, struct ranges *addrs);

/**
 * As die_values_read(). Every string is given as DW_FORM_string, every reference as
 * DW_FORM_ref_addr, every other value as DW_FORM_udata.
 */
uint16_t unit_fallback_values(struct debug_info *info, uint64_t offset, const uint16_t *names,
                              size_t n, struct die_value *ret);

#endif
