/**
 * @file
 * Separate debug info: where it is installed, kept or fetched from.
 *
 * @source GDB manual, "Debugging Information in Separate Files"; debuginfod_find_debuginfo(3)
 */
#ifndef LPROF_OBJECT_DEBUG_FILE_H
#define LPROF_OBJECT_DEBUG_FILE_H

#include "object/debug_server.h"
#include "object/image.h"
#include "object/object.h"

/** The folder that distributions install debug info in. */
#define DEBUG_FILE_ROOT "/usr/lib/debug"

/** Where debug info is looked for. */
struct debug_places {
    const char *root;            ///< DEBUG_FILE_ROOT, or another folder for tests.
    const char *cache;           ///< What debuginfod's clients keep; NULL = is not looked at.
    struct debug_server *server; ///< Asked last; NULL = is not asked.
};

/** What was found. */
struct debug_file {
    struct image *image; ///< Close with image_close(). NULL = nothing.
    enum object_debug_place place;
    char *
        rejected; ///< When nothing was found: what was there but belongs to another build. Free it.
};

/**
 * Find the file with the debug info of a binary: by build id below the root and in the cache, then by
 * the name in .gnu_debuglink beside the binary, in ".debug" beside it and below the root, then from
 * servers. The build ids must be equal; where one is missing, the checksum of the link must fit.
 */
struct debug_file debug_file_find(struct image *image, const struct debug_places *places);

/** The folder that debuginfod's clients keep files in, as the environment tells. Free it. */
char *debug_file_cache(void);

#endif
