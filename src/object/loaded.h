/**
 * @file
 * What an image holds once it is loaded at its own addresses: its bytes, relocated.
 */
#ifndef LPROF_OBJECT_LOADED_H
#define LPROF_OBJECT_LOADED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "object/image.h"

/** A word that the loader writes. */
struct loaded_word {
    uint64_t addr;
    uint64_t value; ///< At bias 0.
};

struct loaded {
    struct image *image;
    struct loaded_word *words; ///< [n_words] by address; collected when first asked for.
    size_t n_words;
    bool has_words;
};

/** Start with an image, which must outlive it. Reads nothing yet. */
void loaded_init(struct loaded *loaded, struct image *image);

/** Free what it holds; a zeroed struct is allowed. */
void loaded_deinit(struct loaded *loaded);

/** Copy `size` bytes at an address; false when they are not all in one section of the file. */
bool loaded_read(struct loaded *loaded, uint64_t addr, void *ret, size_t size);

#endif
