/**
 * @file
 * An ELF file in memory: its segments, its sections (decompressed when asked for), its build id.
 *
 * The bytes are those of a private mapping, so nothing is copied but what has to be decompressed.
 */
#ifndef LPROF_OBJECT_IMAGE_H
#define LPROF_OBJECT_IMAGE_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/build_id.h"
#include "base/error.h"
#include "base/file.h"
#include "object/object.h"

/** A section. */
struct image_section {
    const char *name;   ///< Points into the image.
    size_t name_length; ///< Without the "z" of ".zdebug" and without ".dwo".
    uint64_t addr;
    uint64_t size; ///< [bytes] As in the file, before decompression.
    uint64_t offset;
    uint32_t type;
    uint32_t link;
    bool is_code;
    bool is_compressed;
    bool is_old_compressed; ///< The ".zdebug" way.
    bool is_split;          ///< Of a split unit (".dwo"), or of a package of those.
    bool is_loaded;
    const uint8_t *bytes; ///< Set by image_load(); NULL when it could not be loaded.
    size_t n_bytes;
    // What `bytes` are of a section that was compressed: one of these.
    uint8_t *unpacked;
    struct file_map scratch;
};

struct image {
    char *path;
    struct file_map map; ///< Empty when the bytes are a copy.
    uint8_t *copy;       ///< Else NULL.
    const uint8_t *bytes;
    size_t size; ///< [bytes]
    Elf *elf;
    struct image_section *sections;
    size_t n_sections;
    struct object_segment *segments; ///< Executable ones, by address.
    size_t n_segments;
    struct object_segment *code; ///< Executable sections, or segments where there are no sections.
    size_t n_code;
    struct build_id build_id;
    bool is_split;     ///< Its sections are those of split units; all others are passed over.
    bool has_alt;      ///< For object/debug_alt.h: it was looked for...
    struct image *alt; ///< ...and found; owned.
};

/**
 * Open a file.
 *
 * @param[out] ret Close with image_close(). Untouched on error.
 * @return NULL, or: SYSTEM it cannot be read; FORMAT it is no 64-bit little-endian x86-64 ELF file.
 */
LPROF_MUST_USE struct lprof_error *image_open(const char *path, struct image **ret);

/** Open a copy of bytes in memory. Errors as image_open(). */
LPROF_MUST_USE struct lprof_error *image_open_memory(const char *name, const void *bytes,
                                                     size_t size, struct image **ret);

/** Close it. NULL is allowed. */
void image_close(struct image *image);

/**
 * The first section with this name, its old compressed form (".zdebug_x") or, in an image of split
 * units, with ".dwo" behind the name; or NULL.
 */
struct image_section *image_section(struct image *image, const char *name);

/** How many bytes image_load() gives, as far as can be told without; 0 when it will fail. */
uint64_t image_size(const struct image *image, const struct image_section *section);

/** Load the bytes of a section. False when they lie outside the file or cannot be decompressed. */
bool image_load(struct image *image, struct image_section *section);

/** The string at an offset of a section, or NULL. It lives as long as the image. */
const char *image_string(struct image *image, const char *name, uint64_t offset);

/**
 * The end of the code that an address lies in: of its executable section, or of its segment where
 * there are no sections. 0 when it is no code.
 */
uint64_t image_code_end(const struct image *image, uint64_t addr);

/** Whether an address is code. */
bool image_is_code(const struct image *image, uint64_t addr);

#endif
