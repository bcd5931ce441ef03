/**
 * @file
 * Attributes of a debug info entry (DIE), read with libdwarf.
 */
#ifndef LPROF_OBJECT_DIE_H
#define LPROF_OBJECT_DIE_H

#include <stdbool.h>
#include <stdint.h>

#include "object/debug_info.h"
#include "object/ranges.h"

/** Free a DIE at the end of its scope; for CLEANUP(). */
void die_cleanup(Dwarf_Die *die);

/** The DIE at an offset of .debug_info, or NULL; a problem is counted. */
Dwarf_Die die_at(struct debug_info *info, uint64_t offset);

/** Go to the first child: the caller frees it. NULL when there is none. */
Dwarf_Die die_child(struct debug_info *info, Dwarf_Die die);

/** Go to the next sibling and free `die`. NULL at the end. */
Dwarf_Die die_next(struct debug_info *info, Dwarf_Die die);

/** The tag (DW_TAG_...), 0 when it cannot be read. */
uint16_t die_tag(struct debug_info *info, Dwarf_Die die);

/** The offset of a DIE in .debug_info. */
uint64_t die_offset(struct debug_info *info, Dwarf_Die die);

/** The class of an attribute's form; DW_FORM_CLASS_UNKNOWN when it is not there. */
enum Dwarf_Form_Class die_class(struct debug_info *info, Dwarf_Die die, uint16_t attribute);

/** A constant attribute, or false. */
bool die_number(struct debug_info *info, Dwarf_Die die, uint16_t attribute, uint64_t *ret);

/** The offset in .debug_info that an attribute refers to, or false. */
bool die_reference(struct debug_info *info, Dwarf_Die die, uint16_t attribute, uint64_t *ret);

/** A string attribute; it lies in the image. NULL when there is none, or an empty one. */
const char *die_string(struct debug_info *info, Dwarf_Die die, uint16_t attribute);

/** Whether the attribute is there. */
bool die_has(struct debug_info *info, Dwarf_Die die, uint16_t attribute);

/** DW_AT_low_pc, or false. */
bool die_low_pc(struct debug_info *info, Dwarf_Die die, uint64_t *ret);

/**
 * Add the addresses of a DIE, told by DW_AT_ranges or by low and high pc, all with `value`.
 *
 * @param base What ranges are relative to: the low pc of the unit.
 * @source DWARF 5 section 2.17
 */
void die_add_ranges(struct debug_info *info, Dwarf_Die die, uint64_t base, uint32_t value,
                    struct ranges *ret);

#endif
