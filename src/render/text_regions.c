// The table of regions: each is indented below the one that it is inside of.
#include "base/cleanup.h"
#include "base/mem.h"
#include "render/view.h"

enum { CELLS = 8, CALLS_COLUMNS = 11, COLUMNS = 10, INDENT = 2 };

static void format(const struct view *view, int64_t ns, char cell[UNITS_TEXT])
{
    cell[0] = '\0';
    if (ns != REPORT_NULL)
        view_format_time(view, ns, cell);
}

static void put_row(struct text *text, const char *calls, char cells[CELLS][UNITS_TEXT])
{
    text_right(text, calls, CALLS_COLUMNS);
    for (size_t i = 0; i < CELLS - 1; i++)
        text_right(text, cells[i], COLUMNS);
    text_put(text, "  ");
}

static void put_titles(struct text *text)
{
    static const char *const titles[CELLS] = {"Total", "Per Call", "Min", "p50",
                                              "p99",   "Max",      "CPU", ""};
    char cells[CELLS][UNITS_TEXT];

    for (size_t i = 0; i < CELLS; i++)
        snprintf(cells[i], UNITS_TEXT, "%s", titles[i]);
    put_row(text, "Calls", cells);
    text_put(text, "Region");
    text_end(text);
    for (unsigned i = 0; i < CALLS_COLUMNS + (CELLS - 1) * COLUMNS + 8; i++)
        text_put(text, "=");
    text_end(text);
}

static void put_region(struct view *view, const struct report_region *region)
{
    char calls[UNITS_TEXT];
    char cells[CELLS][UNITS_TEXT];

    units_format_count(region->calls, calls);
    format(view, region->calls ? region->total_ns : REPORT_NULL, cells[0]);
    format(view, region->calls ? region->total_ns / region->calls : REPORT_NULL, cells[1]);
    format(view, region->min_ns, cells[2]);
    format(view, region->p50_ns, cells[3]);
    format(view, region->p99_ns, cells[4]);
    format(view, region->max_ns, cells[5]);
    format(view, region->samples ? region->cpu_ns : REPORT_NULL, cells[6]);
    put_row(&view->text, calls, cells);
    text_printf(&view->text, "%*s", (int)region->depth * INDENT, "");
    text_put(&view->text, region->name);
    text_end(&view->text);
}

void render_regions(const struct report *report, const struct render_options *options, FILE *out)
{
    struct view view;

    view_init(&view, report, options, out);
    text_header(&view);
    text_end(&view.text);
    if (report->n_regions)
        put_titles(&view.text);
    else
        text_wrap(&view.text,
                  "No regions: to name a part of a program, include <lprof/lprof.h> and write "
                  "LPROF_REGION(\"name\") { ... }.",
                  0);
    for (size_t i = 0; i < report->n_regions; i++)
        put_region(&view, &report->regions[i]);
    if (!report->n_regions)
        text_end(&view.text);
    text_notes(&view);
    view_deinit(&view);
}
