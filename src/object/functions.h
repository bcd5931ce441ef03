/**
 * @file
 * The functions of an object, each once: however many copies and inlined calls a function has, in
 * however many units it is declared, they all lead to one struct.
 */
#ifndef LPROF_OBJECT_FUNCTIONS_H
#define LPROF_OBJECT_FUNCTIONS_H

#include <stdint.h>

#include "base/string_pool.h"
#include "object/compile_units.h"
#include "object/object.h"
#include "object/symbols.h"

struct functions {
    struct string_pool *strings;    ///< Borrowed.
    struct symbols *symbols;        ///< Borrowed.
    struct compile_units *units;    ///< Borrowed.
    struct function_entry *by_name; ///< A uthash table: linkage name, file and line.
    struct function_die *by_die;    ///< A uthash table: offset of a DIE seen before.
};

/** An empty set, whose strings live in `strings`. */
void functions_init(struct functions *functions, struct string_pool *strings,
                    struct symbols *symbols, struct compile_units *units);

/** Free it; the strings stay. A zeroed struct is allowed. */
void functions_deinit(struct functions *functions);

/** The function that a DIE (of a copy or of an inlined call) leads to, or NULL when it has no name. */
const struct object_function *functions_of_die(struct functions *functions, uint64_t die);

/** The function with the name of a symbol, for code without debug info. */
const struct object_function *functions_of_symbol(struct functions *functions, const char *symbol);

#endif
