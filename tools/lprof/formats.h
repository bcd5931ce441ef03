/**
 * @file
 * Which function of render/ writes what the user asked for. A new format is one line in formats.c.
 */
#ifndef LPROF_TOOL_FORMATS_H
#define LPROF_TOOL_FORMATS_H

#include <stdbool.h>
#include <stdio.h>

#include "render/render.h"

/** One way to lay out a report. */
struct layout {
    const char *format; ///< --format
    const char *view;   ///< --view; NULL = the format holds all there is.
    const char *style;  ///< --style
    bool has_source;    ///< Shows source text.
    bool can_split;     ///< Tells processes or threads apart.
    void (*render)(const struct report *report, const struct render_options *options, FILE *out);
};

/** What --format, --view and --style choose. */
enum layout_choice {
    LAYOUT_FORMAT,
    LAYOUT_VIEW,
    LAYOUT_STYLE,
};

/** The layout for the three names, or NULL when they do not go together. */
const struct layout *formats_find(const char *format, const char *view, const char *style);

/** Whether any layout has this name. */
bool formats_has(enum layout_choice choice, const char *name);

/** All names of a choice, as "lines, summary". Free it. */
char *formats_names(enum layout_choice choice);

#endif
