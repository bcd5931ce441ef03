/**
 * @file
 * The compilation units of a binary, and which of them owns an address.
 */
#ifndef LPROF_OBJECT_COMPILE_UNITS_H
#define LPROF_OBJECT_COMPILE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "object/debug_info.h"
#include "object/line_program.h"
#include "object/line_table.h"
#include "object/ranges.h"
#include "object/split_unit.h"
#include "object/unit_root.h"

struct inline_tree;

/** A unit. What is decoded of it hangs here, from when it is first asked for. */
struct compile_unit {
    struct compile_units *owner;
    struct unit_root root;
    struct split_unit
        *split;        ///< The rest of a skeleton; NULL before it is needed, or if it is missing.
    bool has_split;    ///< It was looked for.
    bool is_rangeless; ///< It may have code, but does not tell where.
    bool is_decoded;   ///< Its rows or functions were read.
    bool has_files;    ///< `lines` has its files.
    bool has_rows;     ///< `lines` has its rows.
    bool has_abbrevs;  ///< `abbrevs` were read...
    bool can_read;     ///< ...and are known.
    struct abbrevs abbrevs;
    struct line_table lines;
    struct line_program program;
    struct inline_tree *inlines; ///< NULL = not read yet.
};

struct compile_units {
    struct debug_info *info;    ///< Borrowed.
    struct compile_unit *items; ///< [count] In the order of the file.
    size_t count;
    size_t capacity;
    struct ranges addrs;   ///< Values are indices of units.
    bool has_table;        ///< .debug_aranges was read: when an address is in none of `addrs`.
    size_t n_decoded;      ///< Units whose rows or functions were read.
    bool has_package;      ///< It was looked for.
    struct image *package; ///< With the split parts of units; NULL = there is none.
    bool has_supplement;   ///< It was looked for.
    struct compile_units *supplement; ///< Those of the supplementary file; NULL = there is none.
};

/** Read the units' headers and roots; nothing below them. */
void compile_units_init(struct compile_units *units, struct debug_info *info);

/** Free the units and all that hangs at them. A zeroed struct is allowed. */
void compile_units_deinit(struct compile_units *units);

/** The unit that owns the address, or NULL. */
struct compile_unit *compile_units_find(struct compile_units *units, uint64_t addr);

/** The unit that a DIE stands in, by its reference as in object/die_values.h, or NULL. */
struct compile_unit *compile_units_of_die(struct compile_units *units, uint64_t die);

/** The line table of a unit with its files, and maybe without rows. */
struct line_table *compile_units_files(struct compile_unit *unit);

/** The line table of a unit with its rows, decoded at the first call. */
struct line_table *compile_units_lines(struct compile_unit *unit);

/** The functions and inlined calls of a unit, read at the first call. */
struct inline_tree *compile_units_inlines(struct compile_unit *unit);

/** A reference to the DIE that tells all of a unit: the root of its split part if it has one. */
uint64_t compile_units_root(struct compile_unit *unit);

#endif
