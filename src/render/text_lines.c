#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "render/columns.h"
#include "render/extent.h"
#include "render/remarks.h"
#include "render/statements.h"
#include "render/view.h"

enum {
    INSET = 2,        // of what stands under a line
    DOTS_COLUMNS = 6, // of "..." in the place of line numbers
    SITES = 3,        // lines that are named under the heading of a foreign function
    NAME_LEAST = 20   // columns of a name in a heading
};

// Above this share of the function a line tells what costs most in it ...
static const double largest_above = 0.05;

// ... if that is a good part of the line.
static const double largest_part = 0.1;

// One listing that is being written.
struct listing {
    struct view *view;
    const struct report_function *function;
    struct columns_scale scale;
    int64_t hottest_ns;
};

static bool has_listing(const struct report_function *function)
{
    bool placed = function->file != NULL;

    // A function of which only the symbol is known has all its time on "line 0".
    for (size_t i = 0; i < function->n_lines && !placed; i++)
        placed = function->lines[i].file != NULL;
    return function->listed && placed && function->n_lines;
}

// "1.21 s, 65.9 %"
static void format_part(const struct view *view, int64_t ns, char text[VIEW_TEXT])
{
    char time[UNITS_TEXT];
    char share[UNITS_TEXT];

    view_format_time(view, ns, time);
    view_format_share(ns, view->report->sampled_ns, share);
    snprintf(text, VIEW_TEXT, "%.30s, %.30s", time, share);
}

// "3 calls", "3 calls of 200 ms to 600 ms, 1.20 s in all"; "" where they were not counted. Free it.
static char *format_calls(const struct view *view, const struct report_function *function,
                          bool with_times)
{
    char calls[VIEW_TEXT];
    char least[UNITS_TEXT];
    char most[UNITS_TEXT];
    char all[UNITS_TEXT];

    if (function->ncalls == REPORT_NULL)
        return mem_strdup("");
    view_format_count(function->ncalls, "call", calls);
    if (function->call_ns == REPORT_NULL || !with_times)
        return mem_strdup(calls);
    view_format_time(view, function->call_least, least);
    view_format_time(view, function->call_most, most);
    view_format_time(view, function->call_ns, all);
    if (function->ncalls == 1)
        return mem_printf("%s of %s", calls, all);
    return mem_printf("%s of %s to %s, %s in all", calls, least, most, all);
}

// What follows the name: "   src/count.cpp:21   1.21 s, 65.9 % (own 410 ms, 22.4 %)   1 call".
static char *heading_rest(const struct listing *listing, bool full)
{
    const struct view *view = listing->view;
    const struct report_function *function = listing->function;
    CLEANUP(cleanup_free)
    char *place = names_place(&view->names, function, function->file, function->line);
    char total[VIEW_TEXT];
    char own[VIEW_TEXT];
    CLEANUP(cleanup_free) char *calls = format_calls(view, function, full);

    format_part(view, listing->scale.total_ns, total);
    format_part(view, function->own_ns, own);
    bool has_own = full && function->own_ns != listing->scale.total_ns;
    bool has_calls = *calls;
    const char *part = function->partial ? "   counted in part" : "";
    // What was only counted has no times.
    if (!view->report->sampled_ns || (!listing->scale.total_ns && function->counted))
        return mem_printf("   %s%s%s%s", place, has_calls ? "   " : "", has_calls ? calls : "",
                          part);
    return mem_printf("   %s   %s%s%s%s%s%s%s", place, total, has_own ? " (own " : "",
                      has_own ? own : "", has_own ? ")" : "", has_calls ? "   " : "",
                      has_calls ? calls : "", part);
}

// In a narrow terminal, the name, the own time and the times of calls give way to where the function is and
// what it took.
static void put_heading(const struct listing *listing)
{
    struct text *text = &listing->view->text;
    const char *name = listing->function->name;
    CLEANUP(cleanup_free) char *all = heading_rest(listing, true);
    CLEANUP(cleanup_free) char *less = heading_rest(listing, false);
    bool fits = !text->width || text_columns(name) + text_columns(all) <= text->width;
    unsigned taken = text_columns(less);
    unsigned room = text->width > taken + NAME_LEAST ? text->width - taken : NAME_LEAST;
    CLEANUP(cleanup_free) char *shown = fits ? mem_strdup(name) : names_fit(name, room, true);

    text_end(text);
    text_style(text, HEAT_TITLE);
    text_put(text, shown);
    text_style(text, HEAT_PLAIN);
    text_put(text, fits ? all : less);
    text_end(text);
}

// "called from: src/a.cpp:12 61 %, src/b.cpp:40 30 %": where the project uses a foreign function.
static void put_sites(const struct listing *listing)
{
    const struct view *view = listing->view;
    const struct report_function *function = listing->function;
    size_t n = function->n_sites < SITES ? function->n_sites : SITES;
    CLEANUP(cleanup_free) char *all = NULL;

    for (size_t i = 0; i < n; i++) {
        const struct report_site *site = &function->sites[i];
        CLEANUP(cleanup_free)
        char *place = names_place(&view->names, function, site->file, site->line);
        double share = 100 * (double)site->time_ns / (double)listing->scale.total_ns;
        char *longer =
            mem_printf("%s%s %s %.0f %%", all ? all : "called from:", i ? "," : "", place, share);
        free(all);
        all = longer;
    }
    if (!all)
        return;
    text_style(&listing->view->text, HEAT_COLD);
    text_wrap(&listing->view->text, all, 4);
    text_end(&listing->view->text);
}

// A line that only says something, where the source text stands or as far left as it must to fit.
static void put_aside(struct view *view, unsigned column, const char *words)
{
    unsigned columns = text_columns(words);
    unsigned width = view->text.width;

    if (width && column + columns > width)
        column = width > columns ? width - columns : 0;
    text_pad_to(&view->text, column);
    text_style(&view->text, HEAT_COLD);
    text_put(&view->text, words);
    text_end(&view->text);
}

static bool is_worth_naming(const struct listing *listing, const struct report_line *line)
{
    const struct report_largest *largest = &line->largest;
    double total = (double)listing->scale.total_ns;

    return largest->function && total > 0 && (double)line->time_ns > largest_above * total &&
           (double)largest->time_ns >= largest_part * (double)line->time_ns;
}

// ", hashtable.h:1584"; nothing where the name "[libc.so.6]" says it already.
static char *brief_place(const struct report_function *function)
{
    if (function->file && function->line)
        return mem_printf(", %s:%u", path_basename(function->file), function->line);
    if (function->file)
        return mem_printf(", %s", path_basename(function->file));
    bool named = !function->module || !function->module[0] || function->name[0] == '[';
    return mem_printf("%s%s", named ? "" : ", ", named ? "" : function->module);
}

// "61 % std::_Hashtable::_M_find (inlined, hashtable.h:1584)"
static void put_largest(const struct listing *listing, const struct report_line *line,
                        unsigned column)
{
    const struct report_largest *largest = &line->largest;
    double share = 100 * (double)largest->time_ns / (double)listing->scale.total_ns;
    CLEANUP(cleanup_free) char *name = names_brief(largest->function->name);
    CLEANUP(cleanup_free) char *place = brief_place(largest->function);
    CLEANUP(cleanup_free)
    char *words = mem_printf("%.0f %% %s (%s%s)", share, name,
                             largest->inlined ? "inlined" : "called", place);

    put_aside(listing->view, column, words);
}

static void put_fold(const struct listing *listing, const struct extent_row *row)
{
    struct text *text = &listing->view->text;
    char lines[VIEW_TEXT];
    char share[UNITS_TEXT];

    view_format_count(row->folded, "line", lines);
    view_format_share(row->folded_ns, listing->scale.total_ns, share);
    text_style(text, HEAT_COLD);
    text_right(text, "...", DOTS_COLUMNS);
    text_printf(text, " %s%s%s", lines, row->folded_ns > 0 ? ", " : "",
                row->folded_ns > 0 ? share : "");
    text_end(text);
}

static void put_row(const struct listing *listing, const struct extent_row *row, bool absent)
{
    struct text *text = &listing->view->text;
    const struct report_line nothing = {.line = row->line,
                                        .hits = REPORT_NULL,
                                        .instructions = REPORT_NULL,
                                        .branches = REPORT_NULL,
                                        .called_ns = REPORT_NULL,
                                        .ci_ns = REPORT_NULL};
    struct report_line shown = row->cost ? *row->cost : nothing;
    const struct report_line *line = &shown;
    const char *source = row->text ? row->text : "";

    shown.hits = absent ? COLUMNS_NO_CODE : shown.hits;

    text_style(text, heat_of_line(line->time_ns, listing->hottest_ns, listing->scale.total_ns));
    columns_put_cells(&listing->scale, line, text);
    unsigned column = text->column + text_indentation(source) + INSET;
    if (listing->scale.columns->source)
        text_source(text, row->line ? source : "(line not known)");
    text_end(text);
    if (is_worth_naming(listing, line) && listing->scale.columns->source)
        put_largest(listing, line, column);
}

// Lines in which a statement stands that may have no code.
struct expected {
    const struct extent *extent;
    uint32_t *ends; // As of statements_find(); NULL = nothing is known.
};

static bool has_hits(const struct extent *extent, uint32_t first, uint32_t last)
{
    for (size_t i = 0; i < extent->n_lines; i++) {
        const struct report_line *line = &extent->lines[i];
        if (line->line >= first && line->line <= last && line->hits != REPORT_NULL)
            return true;
    }
    return false;
}

static struct expected expect_code(const struct listing *listing, const struct extent *extent)
{
    const struct report_function *function = listing->function;
    bool own = extent->n_lines && !extent->lines[0].file && function->line == extent->first;
    // Code that was not counted may be theirs.
    bool whole = function->counted && !function->partial;

    if (!own || !whole || !extent->source || !has_hits(extent, extent->first, extent->last))
        return (struct expected){extent, NULL};
    return (struct expected){extent, statements_find(extent->source, extent->first, extent->last)};
}

static bool is_absent(const struct expected *expected, uint32_t line)
{
    const struct extent *extent = expected->extent;

    if (!expected->ends || line < extent->first || line > extent->last)
        return false;
    uint32_t end = expected->ends[line - extent->first];
    return end && !has_hits(extent, line, end);
}

static void put_file(const struct listing *listing, const char *file,
                     const struct report_line *lines, size_t n_lines)
{
    struct sources *sources = listing->view->report->sources;
    const struct source *source = sources && file ? sources_get(sources, file) : NULL;
    struct extent extent;
    struct extent_row row;

    extent_init(&extent, listing->function, lines, n_lines, source, listing->view->options->full);
    struct expected expected = expect_code(listing, &extent);
    while (extent_next(&extent, &row)) {
        if (row.folded)
            put_fold(listing, &row);
        else
            put_row(listing, &row, is_absent(&expected, row.line));
    }
    free(expected.ends);
}

// Lines of the function that stand in another file: included text, macros, a split template.
static void put_other_file(const struct listing *listing, const struct report_line *lines,
                           size_t n_lines)
{
    struct view *view = listing->view;
    CLEANUP(cleanup_free)
    char *words = mem_printf("in %s:", names_path(&view->names, lines[0].file));

    text_end(&view->text);
    text_put(&view->text, words);
    text_end(&view->text);
    put_file(listing, lines[0].file, lines, n_lines);
}

// Lines sorted by their cost: one row each, without what stands between them.
static void put_ranked(const struct listing *listing)
{
    struct sources *sources = listing->view->report->sources;
    const struct report_function *function = listing->function;

    for (size_t i = 0; i < function->n_lines; i++) {
        const struct report_line *line = &function->lines[i];
        const char *file = line->file ? line->file : function->file;
        const struct source *source = sources && file ? sources_get(sources, file) : NULL;
        bool has_text = source && line->line && line->line <= source->n_lines;
        struct extent_row row = {.line = line->line,
                                 .text = has_text ? source->lines[line->line - 1] : NULL,
                                 .cost = line};
        put_row(listing, &row, false);
    }
}

static void put_files(const struct listing *listing)
{
    const struct report_function *function = listing->function;
    size_t n;

    for (size_t i = 0; i < function->n_lines; i += n) {
        n = extent_same_file(function->lines + i, function->n_lines - i);
        if (function->lines[i].file)
            put_other_file(listing, function->lines + i, n);
        else
            put_file(listing, function->file, function->lines + i, n);
    }
}

// "lines 14, 15: unrolled x4: ...": once for all lines of which the same is to be said.
static void put_footnotes(const struct listing *listing)
{
    const struct report_function *function = listing->function;
    struct text *text = &listing->view->text;

    for (size_t i = 0; i < function->n_lines; i++) {
        CLEANUP(cleanup_free) char *words = remarks_footnote(function, i);
        if (!words)
            continue;
        text_style(text, HEAT_COLD);
        text_wrap(text, words, INSET);
        text_end(text);
    }
}

static void put_listing(const struct listing *listing)
{
    put_heading(listing);
    put_sites(listing);
    columns_put_titles(&listing->scale, &listing->view->text);
    if (extent_is_in_order(listing->function))
        put_files(listing);
    else
        put_ranked(listing);
    put_footnotes(listing);
}

// Of a function that was to be stepped and has no lines, its calls are all there is to tell. Where all were to be,
// start code and the like is passed over beside functions with lines.
static bool has_calls_alone(const struct report *report, const struct report_function *function)
{
    bool any_lines = false;

    if (!report->stepped || !function->counted || function->n_lines)
        return false;
    for (size_t i = 0; i < report->n_functions && !any_lines; i++)
        any_lines = report->functions[i].n_lines > 0;
    return function->marked || !any_lines;
}

static int64_t hottest_of(const struct report_function *function)
{
    int64_t hottest = 0;

    for (size_t i = 0; i < function->n_lines; i++) {
        int64_t time = function->lines[i].time_ns;
        hottest = time > hottest ? time : hottest;
    }
    return hottest;
}

void text_lines(struct view *view)
{
    const struct report *report = view->report;
    struct columns columns[2]; // without and with hits

    for (int counted = 0; counted < 2; counted++)
        columns_init(&columns[counted], report, view->options, counted);
    for (size_t i = 0; i < report->n_kept; i++) {
        const struct report_function *function = view_function(view, i);
        if (has_listing(function))
            columns_fit(&columns[function->counted], function);
    }
    for (size_t i = 0; i < report->n_kept; i++) {
        const struct report_function *function = view_function(view, i);
        bool lists = has_listing(function);
        if (!lists && !has_calls_alone(report, function))
            continue;
        struct listing listing = {view, function, {0}, hottest_of(function)};
        columns_scale(&columns[function->counted], function, &listing.scale);
        if (lists)
            put_listing(&listing);
        else
            put_heading(&listing);
    }
}
