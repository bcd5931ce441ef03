/**
 * @file
 * The symbols that distributions leave in stripped files: .gnu_debugdata, an ELF file packed with xz
 * whose symbol table has what the dynamic one lacks.
 *
 * @source GDB manual, "Debugging information in a special section"
 */
#ifndef LPROF_OBJECT_MINI_DEBUG_H
#define LPROF_OBJECT_MINI_DEBUG_H

#include "object/image.h"

/** Unpack it. Returns an image to be closed with image_close(), or NULL. */
struct image *mini_debug_open(struct image *image);

#endif
