#include "render/pstats_table.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/mem.h"

static const char *const key_names[] = {
    [REPORT_BY_CALLS] = "call count",
    [REPORT_BY_CUMULATIVE] = "cumulative time",
    [REPORT_BY_FILENAME] = "file name",
    [REPORT_BY_LINE] = "line number",
    [REPORT_BY_NAME] = "function name",
    [REPORT_BY_NFL] = "name/file/line",
    [REPORT_BY_PCALLS] = "primitive call count",
    [REPORT_BY_STDNAME] = "standard name",
    [REPORT_BY_TIME] = "internal time",
    [REPORT_BY_OWN] = "own time",
};

char *pstats_table_name(const struct view *view, const struct report_function *function)
{
    if (!function->file && !*function->module)
        return mem_strdup(function->name);
    const char *file = function->file ? names_path(&view->names, function->file) : function->module;
    return mem_printf("%s:%" PRIu32 "(%s)", file, function->line, function->name);
}

void pstats_table_time(struct text *text, int64_t ns)
{
    char number[UNITS_TEXT] = "";

    if (ns != REPORT_NULL)
        snprintf(number, sizeof number, "%.3f", (double)ns * 1e-9);
    text_right(text, number, 8);
}

char *pstats_table_calls(int64_t ncalls, int64_t pcalls)
{
    if (ncalls == REPORT_NULL)
        return mem_strdup("-");
    if (pcalls == REPORT_NULL || pcalls == ncalls)
        return mem_printf("%" PRId64, ncalls);
    return mem_printf("%" PRId64 "/%" PRId64, ncalls, pcalls);
}

// Calls of all functions; REPORT_NULL when none were counted.
static int64_t total_calls(const struct report *report, bool primitive)
{
    int64_t total = REPORT_NULL;

    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *function = &report->functions[i];
        int64_t calls = primitive ? function->pcalls : function->ncalls;
        if (calls != REPORT_NULL)
            total = (total == REPORT_NULL ? 0 : total) + calls;
    }
    return total;
}

static void put_total(struct view *view)
{
    const struct report *report = view->report;
    int64_t calls = total_calls(report, false);
    int64_t primitive = total_calls(report, true);
    double seconds = (double)report->sampled_ns * 1e-9;

    text_put(&view->text, "         ");
    if (calls != REPORT_NULL) {
        text_printf(&view->text, "%" PRId64 " function calls", calls);
        if (primitive != REPORT_NULL && primitive != calls)
            text_printf(&view->text, " (%" PRId64 " primitive calls)", primitive);
    } else {
        text_printf(&view->text, "%" PRId64 " samples", report->samples);
    }
    text_printf(&view->text, " in %.3f seconds", seconds);
    text_end(&view->text);
    text_end(&view->text);
}

static void put_order(struct view *view)
{
    const struct report *report = view->report;

    text_put(&view->text, "   Ordered by: ");
    for (size_t i = 0; i < report->n_keys; i++)
        text_printf(&view->text, "%s%s", i ? ", " : "", key_names[report->keys[i]]);
    if (!report->n_keys)
        text_put(&view->text, key_names[REPORT_BY_OWN]);
    text_end(&view->text);
}

static void put_reduction(struct view *view, const struct report_reduction *reduction)
{
    const struct report_limit *limit = reduction->limit;

    text_printf(&view->text, "   List reduced from %zu to %zu due to restriction ", reduction->from,
                reduction->to);
    switch (limit->kind) {
    case REPORT_LIMIT_COUNT:
        text_printf(&view->text, "<%zu>", limit->count);
        break;
    case REPORT_LIMIT_SHARE:
        text_printf(&view->text, "<%g>", limit->share);
        break;
    case REPORT_LIMIT_REGEX:
        text_printf(&view->text, "<'%s'>", limit->regex);
        break;
    }
    text_end(&view->text);
}

void pstats_table_head(struct view *view)
{
    if (view->report->group)
        text_header(view);
    put_total(view);
    put_order(view);
    for (size_t i = 0; i < view->report->n_reductions; i++)
        put_reduction(view, &view->report->reductions[i]);
    text_end(&view->text);
}
