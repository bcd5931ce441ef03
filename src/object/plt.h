/**
 * @file
 * Names for the procedure linkage table: the stubs through which a file calls functions of other files.
 * No symbol stands there; a stub is called as the function that its jump goes to, "puts@plt".
 *
 * @source System V ABI AMD64 section 5.2 (Procedure Linkage Table) and 13.1 (.plt.sec)
 */
#ifndef LPROF_OBJECT_PLT_H
#define LPROF_OBJECT_PLT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/string_pool.h"
#include "object/image.h"
#include "object/object.h"

/** Read when the first address is looked up. */
struct plt {
    struct image *image;         ///< Borrowed.
    struct string_pool *strings; ///< Borrowed; holds the names.
    bool is_read;
    struct object_symbol *items; ///< [count] By address.
    size_t count;
    size_t capacity;
};

/** Start with an image, which must outlive it, as must the strings. Reads nothing yet. */
void plt_init(struct plt *plt, struct image *image, struct string_pool *strings);

/** Free it. A zeroed struct is allowed. */
void plt_deinit(struct plt *plt);

/** The stub that holds the address, or NULL. */
const struct object_symbol *plt_find(struct plt *plt, uint64_t addr);

#endif
