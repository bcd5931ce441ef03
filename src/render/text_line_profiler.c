/*
 * Byte for byte what line_profiler prints, its columns and number formats included, where both
 * measure the same. A sampled profile has no hits: Hits and Per Hit are blank there.
 *
 * @source line_profiler 4.3, line_profiler.py: show_func(), show_text()
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "render/extent.h"
#include "render/names.h"
#include "render/render.h"
#include "render/utf8.h"

enum {
    LINE_COLUMNS = 6,
    HITS_COLUMNS = 9,
    TIME_COLUMNS = 12,
    PER_HIT_COLUMNS = 8,
    PERCENT_COLUMNS = 8,
    CELL = 32,
    BLANK_MOST = 1000000, // lines; a number behind that is wrong
    NS_PER_S = 1000000000,
    UNIT_DEFAULT_NS = 1000 // line_profiler's viewer: 1e-06 s
};

// One rendering.
struct style {
    const struct report *report;
    const struct render_options *options;
    struct names names;
    FILE *out;
    double unit_ns;
};

// The cells of a line, from Hits to % Time.
struct cells {
    char hits[CELL];
    char time[CELL];
    char per_hit[CELL];
    char percent[CELL];
};

struct widths {
    int hits;
    int time;
    int per_hit;
};

// As it is, but for what could drive a terminal.
static void put_safely(FILE *out, const char *string)
{
    size_t size;

    for (; *string; string += size) {
        uint32_t character = utf8_next(string, &size);
        bool invalid = character == UTF8_REPLACEMENT && size == 1;
        if (invalid || (character != '\t' && utf8_is_control(character)))
            putc('?', out);
        else
            fwrite(string, 1, size, out);
    }
}

// One decimal, or three digits where that is wider than the column.
static void format_number(double value, size_t columns, char text[CELL])
{
    // A number of hundreds of digits is cut here, and written shorter below.
    int length = snprintf(text, CELL, "%5.1f", value);

    if (length < 0 || (size_t)length > columns)
        snprintf(text, CELL, "%5.3g", value);
}

static void format_times(const struct style *style, const struct report_function *function,
                         const struct report_line *line, struct cells *ret)
{
    double time = (double)line->time_ns / style->unit_ns;

    format_number(time, TIME_COLUMNS, ret->time);
    if (function->total_ns > 0)
        snprintf(ret->percent, CELL, "%5.1f",
                 100 * (double)line->time_ns / (double)function->total_ns);
    if (line->hits > 0)
        format_number(time / (double)line->hits, PER_HIT_COLUMNS, ret->per_hit);
}

static void format_cells(const struct style *style, const struct report_function *function,
                         const struct report_line *line, struct cells *ret)
{
    bool counted = line->hits != REPORT_NULL;

    *ret = (struct cells){0};
    // What never ran is blank, and so is what was not measured.
    if (counted ? line->hits <= 0 : line->time_ns <= 0)
        return;
    if (line->time_ns != REPORT_NULL)
        format_times(style, function, line, ret);
    if (!counted)
        return;
    int length = snprintf(ret->hits, CELL, "%lld", (long long)line->hits);
    if (length > HITS_COLUMNS)
        snprintf(ret->hits, CELL, "%g", (double)line->hits);
}

static int wider(int width, const char *text)
{
    int length = (int)strlen(text);

    return length > width ? length : width;
}

static struct widths widths_of(const struct style *style, const struct report_function *function,
                               const struct report_line *lines, size_t n_lines)
{
    struct widths widths = {HITS_COLUMNS, TIME_COLUMNS, PER_HIT_COLUMNS};

    for (size_t i = 0; i < n_lines; i++) {
        struct cells cells;
        format_cells(style, function, &lines[i], &cells);
        widths.hits = wider(widths.hits, cells.hits);
        widths.time = wider(widths.time, cells.time);
        widths.per_hit = wider(widths.per_hit, cells.per_hit);
    }
    return widths;
}

// Returns the columns written.
static int put_cells(const struct style *style, const struct widths *widths, const char *line,
                     const struct cells *cells)
{
    return fprintf(style->out, "%*s %*s %*s %*s %*s  ", LINE_COLUMNS, line, widths->hits,
                   cells->hits, widths->time, cells->time, widths->per_hit, cells->per_hit,
                   PERCENT_COLUMNS, cells->percent);
}

static void put_titles(const struct style *style, const struct widths *widths)
{
    static const char contents[] = "Line Contents";
    const struct cells titles = {"Hits", "Time", "Per Hit", "% Time"};
    int columns = put_cells(style, widths, "Line #", &titles) + (int)sizeof contents - 1;

    fprintf(style->out, "%s\n", contents);
    for (int i = 0; i < columns; i++)
        putc('=', style->out);
    putc('\n', style->out);
}

static void put_missing(const struct style *style, const char *path)
{
    fputs("\nCould not find file ", style->out);
    put_safely(style->out, path);
    fputs("\nAre you sure you are running this program from the same directory\n"
          "that you ran the profiler from?\n"
          "Continuing without the function's contents.\n\n",
          style->out);
}

static void put_row(const struct style *style, const struct widths *widths,
                    const struct report_function *function, const struct extent_row *row)
{
    struct cells cells = {0};
    char number[CELL];

    if (row->cost)
        format_cells(style, function, row->cost, &cells);
    snprintf(number, sizeof number, "%u", row->line);
    put_cells(style, widths, number, &cells);
    put_safely(style->out, row->text ? row->text : "");
    putc('\n', style->out);
}

static void put_rows(const struct style *style, const struct report_function *function,
                     const struct report_line *lines, size_t n_lines, const struct source *source)
{
    struct widths widths = widths_of(style, function, lines, n_lines);
    struct extent extent;
    struct extent_row row;

    put_titles(style, &widths);
    extent_init(&extent, function, lines, n_lines, source, true);
    while (extent_next(&extent, &row))
        put_row(style, &widths, function, &row);
    putc('\n', style->out);
}

// Without its source, a function is shown as empty lines from its first to its last.
static void put_blank_rows(const struct style *style, const struct report_function *function,
                           const struct report_line *lines, size_t n_lines)
{
    uint32_t last = n_lines ? lines[n_lines - 1].line : function->line;
    struct source blank = {.n_lines = last < BLANK_MOST ? last : 0};
    CLEANUP(cleanup_free) const char **text = mem_alloc_array(blank.n_lines + 1, sizeof *text);

    for (size_t i = 0; i < blank.n_lines; i++)
        text[i] = "";
    blank.lines = text;
    put_rows(style, function, lines, n_lines, &blank);
}

// The block of one file of a function.
static void put_block(const struct style *style, const struct report_function *function,
                      const struct report_line *lines, size_t n_lines)
{
    const char *file = n_lines && lines[0].file ? lines[0].file : function->file;
    struct sources *sources = style->report->sources;
    const struct source *source = sources ? sources_get(sources, file) : NULL;
    const char *path = names_path(&style->names, file);

    fprintf(style->out, "Total time: %g s\n", (double)function->total_ns / NS_PER_S);
    if (!source || source->state == SOURCE_MISSING) {
        put_missing(style, path);
        put_blank_rows(style, function, lines, n_lines);
        return;
    }
    fputs("File: ", style->out);
    put_safely(style->out, path);
    fputs("\nFunction: ", style->out);
    put_safely(style->out, function->name);
    fprintf(style->out, " at line %u\n\n", function->line);
    put_rows(style, function, lines, n_lines, source);
}

static int compare_lines(const void *a, const void *b)
{
    const struct report_line *x = a;
    const struct report_line *y = b;
    int files = strcmp(x->file ? x->file : "", y->file ? y->file : "");

    if (files)
        return files;
    return (x->line > y->line) - (x->line < y->line);
}

static void put_function(const struct style *style, const struct report_function *function)
{
    size_t n_lines = function->n_lines;
    // line_profiler never sorts lines.
    CLEANUP(cleanup_free)
    struct report_line *lines = mem_alloc_array(n_lines + 1, sizeof *lines);
    size_t n = 0;

    if (n_lines)
        memcpy(lines, function->lines, n_lines * sizeof *lines);
    qsort(lines, n_lines, sizeof *lines, compare_lines);
    for (size_t i = 0; i < n_lines || !i; i += n) {
        n = extent_same_file(lines + i, n_lines - i);
        if (function->file || (n && lines[i].file))
            put_block(style, function, lines + i, n);
        if (!n)
            return;
    }
}

static int compare_totals(const void *a, const void *b)
{
    const struct report_function *x = *(const struct report_function *const *)a;
    const struct report_function *y = *(const struct report_function *const *)b;

    if (x->total_ns != y->total_ns)
        return x->total_ns < y->total_ns ? -1 : 1;
    // Equal ones stay in the report's order: they lie in one array.
    return (x > y) - (x < y);
}

static void put_functions(const struct style *style, const struct report_function **functions,
                          size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_function(style, functions[i]);
    for (size_t i = 0; i < n && style->options->summarize; i++) {
        const struct report_function *function = functions[i];
        CLEANUP(cleanup_free)
        char *place = names_place(&style->names, function, function->file, function->line);
        fprintf(style->out, "%6.2f seconds - ", (double)function->total_ns / NS_PER_S);
        put_safely(style->out, place);
        fputs(" - ", style->out);
        put_safely(style->out, function->name);
        putc('\n', style->out);
    }
}

void render_line_profiler(const struct report *report, const struct render_options *options,
                          FILE *out)
{
    int64_t unit_ns = options->unit_ns ? options->unit_ns : UNIT_DEFAULT_NS;
    struct style style = {report, options, {0}, out, (double)unit_ns};
    CLEANUP(cleanup_free)
    const struct report_function **chosen = mem_alloc_array(report->n_kept + 1, sizeof *chosen);
    size_t n = 0;

    names_init(&style.names, report);
    for (size_t i = 0; i < report->n_kept; i++) {
        if (report->functions[i].listed)
            chosen[n++] = &report->functions[i];
    }
    if (options->hottest_last)
        qsort(chosen, n, sizeof *chosen, compare_totals);
    fprintf(out, "Timer unit: %g s\n\n", (double)unit_ns / NS_PER_S);
    put_functions(&style, chosen, n);
    names_deinit(&style.names);
}
