#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "render/hot_lines.h"
#include "render/view.h"

enum {
    HOTTEST = 5,
    OTHERS = 10,          // functions without a listing that are shown without being asked for
    PLACE_COLUMNS = 40,   // a longer place of the project pushes its own line only
    FOREIGN_COLUMNS = 32, // other places lose folders at their start
    NAME_COLUMNS = 72,    // longer names are shown in brief, also where there is no terminal
    SHARE_COLUMNS = 7     // "100.0 %"
};

// Share of the time that the functions shown cover, when so many suffice.
static const double cover = 0.95;

// Widths that the sections of the summary share, so that they stand below each other.
struct layout {
    unsigned time;
    unsigned place;
};

// What the summary shows.
struct summary {
    struct view *view;
    struct layout layout;
    bool *shown; // [report->n_functions]
    bool marks;  // Mark those that cannot be told from the one above.
    struct hot_lines hottest;
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

static char *place_of(const struct view *view, const struct report_function *function,
                      const char *file, uint32_t line)
{
    char *place = names_place(&view->names, function, file, line);

    if (function->mine)
        return place;
    char *shorter = names_fit_place(place, FOREIGN_COLUMNS);
    free(place);
    return shorter;
}

static char *line_place(const struct view *view, const struct hot_line *hot)
{
    return place_of(view, hot->function, hot->file, hot->line);
}

static char *function_place(const struct view *view, const struct report_function *function)
{
    return place_of(view, function, function->file, function->line);
}

// The function with the most own time that is not shown yet; n_functions when none has any.
static size_t next_by_own(const struct report *report, const bool *shown)
{
    size_t best = report->n_functions;

    for (size_t i = 0; i < report->n_functions; i++) {
        int64_t own = report->functions[i].own_ns;
        bool better = best == report->n_functions || own > report->functions[best].own_ns;
        if (!shown[i] && own > 0 && better)
            best = i;
    }
    return best;
}

// Functions without own time, such as those that only call, take no part in the sum.
static bool is_other(const struct summary *summary, size_t function)
{
    return !summary->shown[function] && summary->view->report->functions[function].own_ns > 0;
}

// A line for "1 other function" would better be that function's.
static void show_single_other(struct summary *summary)
{
    size_t n = summary->view->report->n_functions;
    size_t others = 0;
    size_t last = 0;

    for (size_t i = 0; i < n; i++) {
        if (is_other(summary, i)) {
            others++;
            last = i;
        }
    }
    if (others == 1)
        summary->shown[last] = true;
}

// Which functions have a line of their own: those that passed the limits; without limits those with
// a listing, and others until most of the time is covered.
static void choose(struct summary *summary)
{
    const struct report *report = summary->view->report;
    int64_t covered = 0;

    summary->shown = mem_alloc_array(report->n_functions + 1, sizeof *summary->shown);
    for (size_t i = 0; i < report->n_kept; i++) {
        // What is listed for its memory or its hits may have no time.
        const struct report_function *function = &report->functions[i];
        bool only_time = !report->has_memory && (!function->counted || function->marked);
        bool worth = only_time || function->own_ns > 0;
        summary->shown[i] = report->limited || (report->functions[i].listed && worth);
        covered += summary->shown[i] ? report->functions[i].own_ns : 0;
    }
    for (size_t n = 0; n < OTHERS && !report->limited; n++) {
        size_t next = next_by_own(report, summary->shown);
        bool enough = (double)covered >= cover * (double)report->sampled_ns;
        if (next == report->n_functions || enough)
            break;
        summary->shown[next] = true;
        covered += report->functions[next].own_ns;
    }
    if (!report->limited)
        show_single_other(summary);
}

static void measure(struct summary *summary)
{
    const struct view *view = summary->view;
    const struct report *report = view->report;

    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *function = &report->functions[i];
        if (!summary->shown[i]) {
            summary->n_others += is_other(summary, i);
            summary->others_ns += function->own_ns;
            continue;
        }
        CLEANUP(cleanup_free) char *place = function_place(view, function);
        fit(summary, function->own_ns, place);
    }
    fit(summary, summary->others_ns, NULL);
    for (size_t i = 0; i < summary->hottest.n; i++) {
        CLEANUP(cleanup_free) char *place = line_place(view, &summary->hottest.lines[i]);
        fit(summary, summary->hottest.lines[i].own_ns, place);
    }
}

static void put_title(struct view *view, const char *title)
{
    text_end(&view->text);
    text_style(&view->text, HEAT_TITLE);
    text_put(&view->text, title);
    text_end(&view->text);
}

// Whether the intervals of two functions' own times overlap.
static bool are_alike(const struct report_function *a, const struct report_function *b)
{
    int64_t apart = a->own_ns > b->own_ns ? a->own_ns - b->own_ns : b->own_ns - a->own_ns;

    return a->own_ci_ns != REPORT_NULL && b->own_ci_ns != REPORT_NULL &&
           apart <= a->own_ci_ns + b->own_ci_ns;
}

// "  1.21 s   65.9 %  "
static void put_time(const struct summary *summary, const char *mark, int64_t ns,
                     int64_t hottest_ns)
{
    struct view *view = summary->view;
    struct text *text = &view->text;
    char time[UNITS_TEXT];
    char share[UNITS_TEXT];

    view_format_time(view, ns, time);
    view_format_share(ns, view->report->sampled_ns, share);
    text_style(text, heat_of_line(ns, hottest_ns, view->report->sampled_ns));
    text_left(text, mark, 2);
    text_right(text, time, summary->layout.time);
    text_right(text, share, 2 + SHARE_COLUMNS);
    text_style(text, HEAT_PLAIN);
    text_put(text, "  ");
}

static void put_function(const struct summary *summary, const struct report_function *function,
                         bool alike, int64_t hottest_ns)
{
    struct text *text = &summary->view->text;
    CLEANUP(cleanup_free) char *place = function_place(summary->view, function);

    put_time(summary, alike ? "~" : "", function->own_ns, hottest_ns);
    text_left(text, place, summary->layout.place);
    text_put(text, "  ");
    unsigned room = text->width > text->column ? text->width - text->column : 0;
    CLEANUP(cleanup_free)
    char *name = names_fit(function->name, text->width ? room : NAME_COLUMNS, text->width != 0);
    text_put(text, name);
    text_end(text);
}

static void put_others(const struct summary *summary)
{
    char others[VIEW_TEXT];

    // What else was seen only calls the functions above.
    if (!summary->n_others || !summary->others_ns)
        return;
    view_format_count((int64_t)summary->n_others, "other function", others);
    put_time(summary, "", summary->others_ns, INT64_MAX);
    text_printf(&summary->view->text, "%s (lprof report -n 100%%)", others);
    text_end(&summary->view->text);
}

// Returns whether any was marked.
static bool put_shown(const struct summary *summary)
{
    const struct report *report = summary->view->report;
    bool hottest_last = summary->view->options->hottest_last;
    const struct report_function *above = NULL;
    int64_t hottest = 0;
    bool any = false;

    for (size_t i = 0; i < report->n_functions; i++) {
        int64_t own = summary->shown[i] ? report->functions[i].own_ns : 0;
        hottest = own > hottest ? own : hottest;
    }
    for (size_t i = 0; i < report->n_functions; i++) {
        size_t at = hottest_last ? report->n_functions - 1 - i : i;
        const struct report_function *function = &report->functions[at];
        if (!summary->shown[at])
            continue;
        bool alike = summary->marks && above && are_alike(above, function);
        put_function(summary, function, alike, hottest);
        above = function;
        any |= alike;
    }
    return any;
}

static void put_functions(const struct summary *summary)
{
    struct view *view = summary->view;

    put_title(view, "Own time of functions");
    if (view->options->hottest_last)
        put_others(summary);
    bool any_alike = put_shown(summary);
    if (!view->options->hottest_last)
        put_others(summary);
    if (any_alike) {
        text_style(&view->text, HEAT_COLD);
        text_wrap(&view->text, "~ not told apart from the one above: their 95 % intervals overlap",
                  2);
        text_end(&view->text);
    }
}

static const char *source_text(const struct report *report, const struct hot_line *hot)
{
    const struct source *source = report->sources ? sources_get(report->sources, hot->file) : NULL;

    if (!source || hot->line > source->n_lines)
        return "";
    const char *text = source->lines[hot->line - 1];
    return text + strspn(text, " \t");
}

static void put_hottest(const struct summary *summary)
{
    struct view *view = summary->view;

    if (!summary->hottest.n)
        return;
    put_title(view, "Hottest lines");
    for (size_t i = 0; i < summary->hottest.n; i++) {
        bool last_first = view->options->hottest_last;
        const struct hot_line *hot =
            &summary->hottest.lines[last_first ? summary->hottest.n - 1 - i : i];
        CLEANUP(cleanup_free) char *place = line_place(view, hot);
        put_time(summary, "", hot->own_ns, summary->hottest.lines[0].own_ns);
        text_left(&view->text, place, summary->layout.place);
        text_put(&view->text, "  ");
        text_source(&view->text, source_text(view->report, hot));
        text_end(&view->text);
    }
}

void text_summary(struct view *view, bool marked)
{
    // In another order neighbours say nothing of each other.
    struct summary summary = {.view = view, .marks = marked && !view->report->n_keys};

    // Without time there is nothing to rank by, and what was counted is told by the listings.
    if (!view->report->sampled_ns)
        return;
    hot_lines_init(&summary.hottest, view->report, HOTTEST);
    choose(&summary);
    measure(&summary);
    if (view->report->n_functions)
        put_functions(&summary);
    put_hottest(&summary);
    hot_lines_deinit(&summary.hottest);
    free(summary.shown);
}
