/**
 * @file
 * The functions of a symbol table, by address.
 */
#ifndef LPROF_OBJECT_SYMBOLS_H
#define LPROF_OBJECT_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "object/image.h"
#include "object/object.h"

/** Read when the first address is looked up. */
struct symbols {
    struct image *image;       ///< Borrowed.
    struct image *debug_image; ///< Borrowed; NULL = no separate debug info.
    struct image *mini;        ///< Owned: what the file itself has kept of its symbols; or NULL.
    bool is_read;
    struct object_symbol *items; ///< [count] By address, one per address; names lie in the image.
    uint64_t *reach;             ///< [count] The highest end of this symbol and all below it.
    size_t count;
};

/**
 * The symbols of an image, which must outlive them: its .symtab, else that of `debug_image` where that
 * is set before the first look-up, else its .dynsym, which has only what other files may use, with what
 * .gnu_debugdata adds to it.
 */
void symbols_init(struct symbols *symbols, struct image *image);

/** Free it. A zeroed struct is allowed. */
void symbols_deinit(struct symbols *symbols);

/** Read the symbols now. */
void symbols_read(struct symbols *symbols);

/**
 * The function that holds the address: the innermost by its size; else the nearest below in the same
 * section when that tells no size; else NULL.
 */
const struct object_symbol *symbols_find(struct symbols *symbols, uint64_t addr);

/** The function that starts at the address, or NULL. */
const struct object_symbol *symbols_at(struct symbols *symbols, uint64_t addr);

/** Whether an image takes a function or variable of that name from another file. */
bool symbols_imports(struct image *image, const char *name);

/** The end of a function: by its size, else where the next symbol or the section's end is. */
uint64_t symbols_end(const struct symbols *symbols, const struct object_symbol *symbol);

#endif
