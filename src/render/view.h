/**
 * @file
 * The parts that the views for people are put together from; each writes whole lines.
 */
#ifndef LPROF_RENDER_VIEW_H
#define LPROF_RENDER_VIEW_H

#include "base/units.h"
#include "render/names.h"
#include "render/render.h"
#include "render/text.h"

/** One rendering of a report as text. */
struct view {
    const struct report *report;
    const struct render_options *options;
    struct names names;
    struct text text;
};

/** Start a view; free it with view_deinit(). */
void view_init(struct view *view, const struct report *report, const struct render_options *options,
               FILE *out);

/** Free what it holds. */
void view_deinit(struct view *view);

/** A time in the unit asked for, else in its own: "1.84 s". */
void view_format_time(const struct view *view, int64_t ns, char text[UNITS_TEXT]);

/** A share of `total_ns` in percent: "65.9 %". */
void view_format_share(int64_t ns, int64_t total_ns, char text[UNITS_TEXT]);

/** Room for a count and its noun. */
#define VIEW_TEXT 64

/** A count in running text: "1836 samples", "12 345 samples", "1 sample". `noun` is short. */
void view_format_count(int64_t count, const char *noun, char text[VIEW_TEXT]);

/** The i-th of the functions that passed the limits, in the order of the view. */
const struct report_function *view_function(const struct view *view, size_t i);

/** The first line: what ran, for how long, what was sampled and lost. */
void text_header(struct view *view);

/** The annotated listings of the chosen functions. */
void text_lines(struct view *view);

/**
 * One line per function by own time, the others summed in one, then the hottest lines.
 *
 * @param marked Mark functions whose time cannot be told from that of the one above.
 */
void text_summary(struct view *view, bool marked);

/** The stacks that allocated, by the key of the options. */
void text_heap(struct view *view);

/** What was lost or could not be placed. */
void text_notes(struct view *view);

#endif
