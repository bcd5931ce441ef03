/**
 * @file
 * The DWARF of an image, and libdwarf over the image's own bytes, for what is not known here.
 *
 * Every call of libdwarf is given a place for its error: without one, old releases end the program.
 */
#ifndef LPROF_OBJECT_DEBUG_INFO_H
#define LPROF_OBJECT_DEBUG_INFO_H

#include <libdwarf.h>
#include <stdbool.h>
#include <stddef.h>

#include "object/image.h"

/** What was wrong with the debug info: how often, and the first time in words. */
struct debug_problems {
    size_t count;
    char *first; ///< NULL = nothing.
    char *text;  ///< What debug_info_problem() told last.
};

struct debug_info {
    struct image *image; ///< Borrowed.
    const char
        *binary;     ///< Path of the file whose debug info it is; NULL = the image's own. Borrowed.
    Dwarf_Debug dbg; ///< NULL when libdwarf was not started, or could not be.
    struct debug_interface *interface; ///< NULL = it was not started.
    struct debug_problems problems;
};

/** Whether an image has line info at all. */
bool debug_info_is_in(struct image *image);

/** Open the DWARF of an image, which must outlive it. What goes wrong is counted in `problems`. */
struct debug_info *debug_info_open(struct image *image);

/** Libdwarf for it, started at the first call; NULL when it could not be, which is counted. */
Dwarf_Debug debug_info_libdwarf(struct debug_info *info);

/** Close it. NULL is allowed. */
void debug_info_close(struct debug_info *info);

/** The problems in one line, valid until this is asked again; NULL = none. */
const char *debug_info_problem(struct debug_info *info);

/** Count a problem: `what` could not be read, because of `error` (freed here) where that is set. */
void debug_info_failed(struct debug_info *info, const char *what, Dwarf_Error error);

/**
 * The end of a call to libdwarf: true when it found something. An error is counted as a problem with
 * `what` and freed.
 */
bool debug_info_ok(struct debug_info *info, int status, Dwarf_Error error, const char *what);

#endif
