/**
 * @file
 * A .dwp file: the .dwo files of a program in one, with an index that tells which part of each section
 * belongs to which unit.
 *
 * @source DWARF 5 section 7.3.5; "DebugFissionDWP" of the GCC wiki for version 2
 */
#ifndef LPROF_OBJECT_SPLIT_PACKAGE_H
#define LPROF_OBJECT_SPLIT_PACKAGE_H

#include <stdint.h>

#include "object/image.h"

/** Open the package of a binary: `<binary>.dwp`, links followed or not. NULL when there is none. */
struct image *split_package_find(const char *binary);

/**
 * The sections of one unit as an image of their own, whose bytes lie in the package. Close it first.
 * NULL when the package does not have the unit.
 */
struct image *split_package_unit(struct image *package, uint64_t id);

#endif
