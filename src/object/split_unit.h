/**
 * @file
 * The part of a unit that -gsplit-dwarf leaves out of the binary: in a .dwo file of its own, or with
 * others in a .dwp. What stays is the skeleton: where the lines are, which addresses the unit owns.
 *
 * @source DWARF 5 sections 3.1.2, 3.1.3 and 7.3.2; "DebugFission" of the GCC wiki for DWARF 4
 */
#ifndef LPROF_OBJECT_SPLIT_UNIT_H
#define LPROF_OBJECT_SPLIT_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "object/unit_root.h"

struct split_unit {
    struct image *image; ///< Owned.
    struct die_context context;
    struct abbrevs abbrevs;
    const char *name; ///< The source file, or NULL.
    uint64_t language;
};

/**
 * Find and open the part that belongs to a skeleton: in the package, at the place that the compiler
 * wrote it to, beside the binary.
 *
 * @param skeleton Has a split name.
 * @param binary Path of the file with the skeleton.
 * @param package From split_package_find(), or NULL.
 * @param file What makes offsets of its DIEs references.
 * @return Free with split_unit_close(). NULL when it is in none of these places.
 */
struct split_unit *split_unit_open(const struct unit_root *skeleton, const char *binary,
                                   struct image *package, uint64_t file);

/** Close it. NULL is allowed. */
void split_unit_close(struct split_unit *split);

#endif
