/**
 * @file
 * Single DIEs by their references (object/die_values.h), wherever they are needed: names, declarations, origins.
 */
#ifndef LPROF_OBJECT_UNIT_DIES_H
#define LPROF_OBJECT_UNIT_DIES_H

#include <stdbool.h>
#include <stdint.h>

#include "object/compile_units.h"
#include "object/die_values.h"

/**
 * Read values of a DIE.
 *
 * @param names [n] Which: DW_AT_...
 * @param[out] ret [n] Texts are DW_FORM_string and live as long as the units.
 * @return The DIE's tag (DW_TAG_...); 0 when it cannot be read, and the problem is counted.
 */
uint16_t unit_dies_read(struct compile_units *units, uint64_t die, const uint16_t *names, size_t n,
                        struct die_value *ret);

/** The DIE that a value refers to. False when it refers to none that is told by its place. */
bool unit_dies_reference(const struct die_value *value, uint64_t *ret);

#endif
