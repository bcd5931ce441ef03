/**
 * @file
 * What the locations of a profile stand for: the functions and lines of the report, each once.
 *
 * A function is told from others by its module, linkage name and declaration; copies that the compiler
 * made of a symbol (.isra .constprop .part .cold) are one function. A symbol without a declaration whose
 * lines are all in one file (an assembler function) is of that file.
 */
#ifndef LPROF_REPORT_FRAMES_H
#define LPROF_REPORT_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"

struct frames_function {
    const char *name;
    const char *linkage_name;
    const char *file; ///< Of the declaration, as recorded; NULL = unknown.
    uint32_t line;
    uint32_t mapping; ///< Id; 0 = in no module.
    bool marked;      ///< Marked in the source, or chosen.
    bool partial;     ///< Some of its code was not counted.
};

struct frames_line {
    uint32_t function; ///< Index.
    const char *file;  ///< As recorded; NULL = its function's file, and with line 0.
    uint32_t line;     ///< 0 = no line known.
};

/** One source-level frame. */
struct frame {
    uint32_t function; ///< Index.
    uint32_t line;     ///< Index.
};

struct frames {
    struct frames_function *functions; ///< [n_functions]
    size_t n_functions;
    struct frames_line *lines; ///< [n_lines]
    size_t n_lines;
    struct frame *frames; ///< Those of each location together, innermost first.
    size_t n_frames;
    size_t *
        starts; ///< [locations + 1] where those of a location (id - 1) start; only sampled ones have any.
    struct frames_index *index;
};

/** The frames of all locations that samples lie on; free with frames_destroy(). */
struct frames *frames_create(const struct profile *profile);

/** Free them. NULL is allowed. */
void frames_destroy(struct frames *frames);

#endif
