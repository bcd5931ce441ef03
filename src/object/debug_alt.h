/**
 * @file
 * Supplementary debug info: what several files have in common, moved by dwz into one that all of them
 * name.
 *
 * @source DWARF 5 section 7.3.6; dwz(1), "--multifile"
 */
#ifndef LPROF_OBJECT_DEBUG_ALT_H
#define LPROF_OBJECT_DEBUG_ALT_H

#include "object/image.h"

/**
 * The supplementary file that an image with debug info names, opened at the first call; the image owns
 * it. NULL when it names none, or the one with that id is not where it should be.
 */
struct image *debug_alt_of(struct image *image);

/** The name of the supplementary file, or NULL; it lies in the image. */
const char *debug_alt_name(struct image *image);

#endif
