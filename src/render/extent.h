/**
 * @file
 * Which lines of a source file a listing shows: all of the function, the parts without cost folded.
 */
#ifndef LPROF_RENDER_EXTENT_H
#define LPROF_RENDER_EXTENT_H

#include "report/report.h"

/** What a listing shows next. */
struct extent_row {
    uint32_t line;                  ///< First line of it; 0 = a cost whose line is not known.
    uint32_t folded;                ///< Lines that are folded into this row; 0 = a line of its own.
    const char *text;               ///< Source; NULL = not at hand.
    const struct report_line *cost; ///< NULL = none, or folded.
    int64_t folded_ns;              ///< Time of the folded lines.
};

/** A walk over the lines of one file that belong to one function. */
struct extent {
    const struct report_line *lines; ///< [n_lines] of this file, by line.
    size_t n_lines;
    const struct source *source; ///< NULL = none.
    uint32_t first; ///< [first, last] are shown or folded; lines outside only with cost.
    uint32_t last;
    int64_t least_ns;    ///< What counts as cost where folding is decided.
    int64_t least_bytes; ///< Likewise, of memory; 0 = none was measured.
    bool by_hits;        ///< No time was seen: what was counted keeps lines open.
    uint32_t near;       ///< Lines shown around one with cost; UINT32_MAX = all.
    uint32_t next;       ///< Line that comes next.
    size_t at;           ///< Entry of `lines` that comes next.
    size_t unknown; ///< Entries at the start of `lines` whose line is not known: they come last.
};

/**
 * Start a walk.
 *
 * The function's own file is shown from its first line to the end of its body; another file (an
 * include, a macro) from its first to its last line with an entry.
 *
 * @param lines [n_lines] The function's lines in this file, by line.
 * @param source The file's text, or NULL.
 * @param full Do not fold.
 */
void extent_init(struct extent *extent, const struct report_function *function,
                 const struct report_line *lines, size_t n_lines, const struct source *source,
                 bool full);

/** The next row; false behind the last. */
bool extent_next(struct extent *extent, struct extent_row *ret);

/** Last line of the body in braces that starts at or behind line `first` (from 1); 0 = none is found. */
uint32_t extent_body_end(const struct source *source, uint32_t first);

/** How many lines from the first on stand in its file; 0 when there is none. */
size_t extent_same_file(const struct report_line *lines, size_t n_lines);

/** Whether a function's lines stand in the order of its files' lines, not of their costs. */
bool extent_is_in_order(const struct report_function *function);

#endif
