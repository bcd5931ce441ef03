#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "render/view.h"

enum {
    HOTTEST = 5,
    PLACE_COLUMNS = 40, // a longer place pushes its own line only
    SHARE_COLUMNS = 7   // "100.0 %"
};

// A line of the report that may be among the hottest.
struct hot_line {
    const struct report_function *function;
    const struct report_line *line;
    int64_t own_ns;
};

// Widths that the sections of the summary share, so that they stand below each other.
struct layout {
    unsigned time;
    unsigned place;
};

// What the summary shows.
struct summary {
    struct view *view;
    struct layout layout;
    struct hot_line hottest[HOTTEST];
    size_t n_hottest;
    int64_t others_ns;
    size_t n_others;
};

static void fit(struct summary *summary, int64_t ns, const char *place)
{
    char time[UNITS_TEXT];
    struct layout *layout = &summary->layout;

    view_format_time(summary->view, ns, time);
    unsigned time_columns = text_columns(time);
    unsigned place_columns = place ? text_columns(place) : 0;
    layout->time = time_columns > layout->time ? time_columns : layout->time;
    if (place_columns > layout->place && place_columns <= PLACE_COLUMNS)
        layout->place = place_columns;
}

static char *line_place(const struct view *view, const struct hot_line *hot)
{
    const char *file = hot->line->file ? hot->line->file : hot->function->file;

    return names_place(&view->names, hot->function, file, hot->line->line);
}

static char *function_place(const struct view *view, const struct report_function *function)
{
    return names_place(&view->names, function, function->file, function->line);
}

// Keep the hottest lines, hottest first; of equal ones the earlier stays ahead.
static void rank(struct summary *summary, struct hot_line hot)
{
    size_t at = summary->n_hottest;

    while (at > 0 && summary->hottest[at - 1].own_ns < hot.own_ns)
        at--;
    if (at == HOTTEST)
        return;
    size_t kept = summary->n_hottest < HOTTEST ? summary->n_hottest : HOTTEST - 1;
    memmove(&summary->hottest[at + 1], &summary->hottest[at],
            (kept - at) * sizeof summary->hottest[0]);
    summary->hottest[at] = hot;
    summary->n_hottest = kept + 1;
}

// The functions whose lines are ranked: the project's own, or all where it has none.
static bool has_mine(const struct report *report)
{
    for (size_t i = 0; i < report->n_functions; i++) {
        if (report->functions[i].mine && report->functions[i].n_lines)
            return true;
    }
    return false;
}

static void rank_lines(struct summary *summary)
{
    const struct report *report = summary->view->report;
    bool only_mine = has_mine(report);

    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *function = &report->functions[i];
        for (size_t j = 0; j < function->n_lines && (function->mine || !only_mine); j++) {
            const struct report_line *line = &function->lines[j];
            struct hot_line hot = {function, line, line->self_ns + line->inlined_ns};
            bool placed = line->line && (line->file || function->file);
            if (placed && hot.own_ns > 0)
                rank(summary, hot);
        }
    }
}

static void measure(struct summary *summary)
{
    const struct view *view = summary->view;
    const struct report *report = view->report;

    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *function = &report->functions[i];
        if (i >= report->n_kept) {
            summary->n_others++;
            summary->others_ns += function->own_ns;
            continue;
        }
        CLEANUP(cleanup_free) char *place = function_place(view, function);
        fit(summary, function->own_ns, place);
    }
    fit(summary, summary->others_ns, NULL);
    for (size_t i = 0; i < summary->n_hottest; i++) {
        CLEANUP(cleanup_free) char *place = line_place(view, &summary->hottest[i]);
        fit(summary, summary->hottest[i].own_ns, place);
    }
}

static void put_title(struct view *view, const char *title)
{
    text_end(&view->text);
    text_style(&view->text, HEAT_TITLE);
    text_put(&view->text, title);
    text_end(&view->text);
}

// "  1.21 s   65.9 %  "
static void put_time(const struct summary *summary, int64_t ns, int64_t hottest_ns)
{
    struct view *view = summary->view;
    struct text *text = &view->text;
    char time[UNITS_TEXT];
    char share[UNITS_TEXT];

    view_format_time(view, ns, time);
    view_format_share(ns, view->report->sampled_ns, share);
    text_style(text, heat_of_line(ns, hottest_ns, view->report->sampled_ns));
    text_put(text, "  ");
    text_right(text, time, summary->layout.time);
    text_right(text, share, 2 + SHARE_COLUMNS);
    text_style(text, HEAT_PLAIN);
    text_put(text, "  ");
}

static void put_function(const struct summary *summary, const struct report_function *function,
                         int64_t hottest_ns)
{
    struct text *text = &summary->view->text;
    CLEANUP(cleanup_free) char *place = function_place(summary->view, function);

    put_time(summary, function->own_ns, hottest_ns);
    text_left(text, place, summary->layout.place);
    text_put(text, "  ");
    unsigned room = text->width > text->column ? text->width - text->column : 0;
    CLEANUP(cleanup_free)
    char *name = text->width ? text_cut_middle(function->name, room) : mem_strdup(function->name);
    text_put(text, name);
    text_end(text);
}

static void put_others(const struct summary *summary)
{
    char others[VIEW_TEXT];

    if (!summary->n_others)
        return;
    view_format_count((int64_t)summary->n_others, "other function", others);
    put_time(summary, summary->others_ns, INT64_MAX);
    text_printf(&summary->view->text, "%s (lprof report -n 100%%)", others);
    text_end(&summary->view->text);
}

static void put_functions(const struct summary *summary)
{
    struct view *view = summary->view;
    int64_t hottest = 0;

    for (size_t i = 0; i < view->report->n_kept; i++) {
        int64_t own = view_function(view, i)->own_ns;
        hottest = own > hottest ? own : hottest;
    }
    put_title(view, "Own time of functions");
    if (view->options->hottest_last)
        put_others(summary);
    for (size_t i = 0; i < view->report->n_kept; i++)
        put_function(summary, view_function(view, i), hottest);
    if (!view->options->hottest_last)
        put_others(summary);
}

static const char *source_text(const struct report *report, const struct hot_line *hot)
{
    const char *file = hot->line->file ? hot->line->file : hot->function->file;
    const struct source *source = report->sources ? sources_get(report->sources, file) : NULL;

    if (!source || hot->line->line > source->n_lines)
        return "";
    const char *text = source->lines[hot->line->line - 1];
    return text + strspn(text, " \t");
}

static void put_hottest(const struct summary *summary)
{
    struct view *view = summary->view;

    if (!summary->n_hottest)
        return;
    put_title(view, "Hottest lines");
    for (size_t i = 0; i < summary->n_hottest; i++) {
        bool last_first = view->options->hottest_last;
        const struct hot_line *hot = &summary->hottest[last_first ? summary->n_hottest - 1 - i : i];
        CLEANUP(cleanup_free) char *place = line_place(view, hot);
        put_time(summary, hot->own_ns, summary->hottest[0].own_ns);
        text_left(&view->text, place, summary->layout.place);
        text_put(&view->text, "  ");
        text_source(&view->text, source_text(view->report, hot));
        text_end(&view->text);
    }
}

void text_summary(struct view *view)
{
    struct summary summary = {.view = view};

    rank_lines(&summary);
    measure(&summary);
    if (view->report->n_functions)
        put_functions(&summary);
    put_hottest(&summary);
}
