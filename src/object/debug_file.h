/**
 * @file
 * Where separate debug info is installed.
 *
 * @source GDB manual, "Debugging Information in Separate Files"
 */
#ifndef LPROF_OBJECT_DEBUG_FILE_H
#define LPROF_OBJECT_DEBUG_FILE_H

#include "object/image.h"

/** The folder that distributions install debug info in. */
#define DEBUG_FILE_ROOT "/usr/lib/debug"

/**
 * Find the file with the debug info of a binary: by build id below `root`, else by the name in
 * .gnu_debuglink beside the binary, in ".debug" beside it, and below `root`. The build ids must be
 * equal; where one is missing, the checksum of the link must fit.
 *
 * @param root DEBUG_FILE_ROOT, or another folder for tests.
 * @return The opened file (close with image_close()), or NULL.
 */
struct image *debug_file_find(struct image *image, const char *root);

#endif
