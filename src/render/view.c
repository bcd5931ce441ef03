#include "render/view.h"

void view_init(struct view *view, const struct report *report, const struct render_options *options,
               FILE *out)
{
    *view = (struct view){.report = report, .options = options};
    names_init(&view->names, report);
    text_init(&view->text, out, options->width, options->color);
}

void view_deinit(struct view *view)
{
    names_deinit(&view->names);
}

void view_format_time(const struct view *view, int64_t ns, char text[UNITS_TEXT])
{
    if (!view->options->unit_ns) {
        units_format_time(ns, text);
        return;
    }
    const struct units_time *unit = units_time_for(view->options->unit_ns);
    char number[UNITS_TEXT];
    units_format_significant((double)ns / (double)unit->ns, 3, number);
    snprintf(text, UNITS_TEXT, "%.24s %s", ns ? number : "0", unit->name);
}

void view_format_share(int64_t ns, int64_t total_ns, char text[UNITS_TEXT])
{
    double share = total_ns > 0 ? (double)ns / (double)total_ns : 0;

    snprintf(text, UNITS_TEXT, "%.1f %%", 100 * share);
}

void view_format_count(int64_t count, const char *noun, char text[VIEW_TEXT])
{
    char number[UNITS_TEXT];

    // Four digits read well without groups.
    if (count < 10000)
        snprintf(number, sizeof number, "%lld", (long long)count);
    else
        units_format_count(count, number);
    snprintf(text, VIEW_TEXT, "%s %s%s", number, noun, count == 1 ? "" : "s");
}

const struct report_function *view_function(const struct view *view, size_t i)
{
    const struct report *report = view->report;

    return &report->functions[view->options->hottest_last ? report->n_kept - 1 - i : i];
}
