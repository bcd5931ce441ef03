/*
 * The layout of memory_profiler: its columns, number formats and units, but for blanks at the end of lines.
 *
 * @source memory_profiler 0.61, memory_profiler.py: show_results()
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "render/extent.h"
#include "render/view.h"

enum { CELL = 64 };

static const double mib = 1024 * 1024;

// The cells of a line, from Mem usage to Occurrences.
struct cells {
    char usage[CELL];
    char increment[CELL];
    char occurrences[CELL];
};

static void format_size(int64_t bytes, int precision, char text[CELL])
{
    snprintf(text, CELL, "%*.*f MiB", precision + 4, precision, (double)bytes / mib);
}

// A counted line tells how often it ran, another how often it made the process grow.
static void format_cells(const struct view *view, const struct report_line *line, struct cells *ret)
{
    const struct report_memory *memory = &line->memory;
    int precision = (int)view->options->precision;
    bool counted = line->hits != REPORT_NULL;

    *ret = (struct cells){0};
    if (memory->increment_bytes) {
        format_size(memory->rss_bytes, precision, ret->usage);
        format_size(memory->increment_bytes, precision, ret->increment);
    }
    if (counted ? line->hits > 0 : memory->occurrences > 0)
        snprintf(ret->occurrences, CELL, "%lld",
                 (long long)(counted ? line->hits : memory->occurrences));
}

static void put_cells(struct text *text, const char *line, const struct cells *cells)
{
    text_right(text, line, 6);
    text_put(text, " ");
    text_right(text, cells->usage, 12);
    text_put(text, " ");
    text_right(text, cells->increment, 12);
    text_put(text, "  ");
    text_right(text, cells->occurrences, 10);
    text_put(text, "   ");
}

static void put_titles(struct text *text)
{
    static const char contents[] = "Line Contents";
    const struct cells titles = {"Mem usage", "Increment", "Occurrences"};

    put_cells(text, "Line #", &titles);
    text_put(text, contents);
    unsigned columns = text->column;
    text_end(text);
    while (text->column < columns && !text->full)
        text_put(text, "=");
    text_end(text);
}

static void put_row(struct view *view, const struct extent_row *row)
{
    struct cells cells = {0};
    char number[CELL];

    if (row->cost)
        format_cells(view, row->cost, &cells);
    snprintf(number, sizeof number, "%u", row->line);
    put_cells(&view->text, row->line ? number : "", &cells);
    text_source(&view->text, row->text ? row->text : "");
    text_end(&view->text);
}

// The lines of one file of a function.
static void put_block(struct view *view, const struct report_function *function,
                      const struct report_line *lines, size_t n_lines)
{
    const char *file = lines[0].file ? lines[0].file : function->file;
    struct sources *sources = view->report->sources;
    const struct source *source = sources ? sources_get(sources, file) : NULL;
    CLEANUP(cleanup_free)
    char *heading = mem_printf("Filename: %s", names_path(&view->names, file));
    struct extent extent;
    struct extent_row row;

    text_put(&view->text, heading);
    text_end(&view->text);
    text_end(&view->text);
    put_titles(&view->text);
    extent_init(&extent, function, lines, n_lines, source, true);
    while (extent_next(&extent, &row))
        put_row(view, &row);
    text_end(&view->text);
    text_end(&view->text);
}

static int compare_lines(const void *a, const void *b)
{
    const struct report_line *x = a;
    const struct report_line *y = b;
    int files = strcmp(x->file ? x->file : "", y->file ? y->file : "");

    return files ? files : (x->line > y->line) - (x->line < y->line);
}

static void put_function(struct view *view, const struct report_function *function)
{
    size_t n_lines = function->n_lines;
    // memory_profiler never sorts lines.
    CLEANUP(cleanup_free)
    struct report_line *lines = mem_alloc_array(n_lines + 1, sizeof *lines);
    size_t n;

    if (n_lines)
        memcpy(lines, function->lines, n_lines * sizeof *lines);
    qsort(lines, n_lines, sizeof *lines, compare_lines);
    for (size_t i = 0; i < n_lines; i += n) {
        n = extent_same_file(lines + i, n_lines - i);
        if (function->file || lines[i].file)
            put_block(view, function, lines + i, n);
    }
}

static bool has_grown(const struct report_function *function)
{
    for (size_t i = 0; i < function->n_lines; i++)
        if (function->lines[i].memory.increment_bytes)
            return true;
    return false;
}

static void put_functions(struct view *view)
{
    const struct report *report = view->report;

    for (size_t i = 0; i < report->n_kept; i++) {
        const struct report_function *function = view_function(view, i);
        bool asked = report->limited || function->marked;
        if (function->listed && (asked || has_grown(function)))
            put_function(view, function);
    }
}

void render_memory(const struct report *report, const struct render_options *options, FILE *out)
{
    struct view view;

    view_init(&view, report, options, out);
    if (options->heap_key && report->has_heap)
        text_heap(&view);
    else
        put_functions(&view);
    text_notes(&view);
    if (!report->group && !report->has_memory) {
        text_wrap(&view.text,
                  "lprof: note: memory was not measured: to measure it: lprof --memory PROGRAM", 2);
        text_end(&view.text);
    }
    view_deinit(&view);
}
