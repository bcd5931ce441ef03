// pstats' tables of callers and callees: for each function the other end of its calls, with the calls
// made and the time spent there because of them.
#include <stdlib.h>

#include "base/cleanup.h"
#include "render/pstats_table.h"

/** What tells the two views apart. */
struct direction {
    const char *title;
    const char *arrow;
    bool callees;
};

static void put_call(struct view *view, const struct report_caller *call, const char *name)
{
    enum { CALLS_COLUMNS = 7 };
    struct text *text = &view->text;
    CLEANUP(cleanup_free) char *calls = pstats_table_calls(call->ncalls, REPORT_NULL);

    text_right(text, calls, CALLS_COLUMNS);
    text_put(text, " ");
    pstats_table_time(text, call->self_ns);
    text_put(text, " ");
    pstats_table_time(text, call->time_ns);
    text_printf(text, "  %s", name);
    text_end(text);
}

static void put_function(struct view *view, const struct report_function *function,
                         const struct direction *direction, unsigned width)
{
    struct text *text = &view->text;
    CLEANUP(cleanup_free) char *name = pstats_table_name(view, function);
    CLEANUP(cleanup_free) struct report_caller *callees = NULL;
    const struct report_caller *calls = function->callers;
    size_t n = function->n_callers;

    if (direction->callees) {
        n = report_callees(view->report, function, &callees);
        calls = callees;
    }
    text_left(text, name, width);
    text_put(text, direction->arrow);
    for (size_t i = 0; i < n; i++) {
        CLEANUP(cleanup_free) char *other_name = pstats_table_name(view, calls[i].function);
        // Rows below the first stand where its numbers stand.
        text_pad_to(text, width + 3);
        put_call(view, &calls[i], other_name);
    }
    bool has_other = !direction->callees && function->other_calls > 0;
    if (has_other) {
        const struct report_caller other = {
            .ncalls = function->other_calls, .time_ns = REPORT_NULL, .self_ns = REPORT_NULL};
        text_pad_to(text, width + 3);
        put_call(view, &other, "[other]");
    }
    if (!n && !has_other)
        text_end(text);
}

static unsigned widest_name(const struct view *view)
{
    unsigned width = 0;

    for (size_t i = 0; i < view->report->n_kept; i++) {
        CLEANUP(cleanup_free) char *name = pstats_table_name(view, view_function(view, i));
        unsigned columns = text_columns(name);
        width = columns > width ? columns : width;
    }
    return width;
}

static void put_heading(struct view *view, const struct direction *direction, unsigned width)
{
    text_left(&view->text, "Function", width);
    text_put(&view->text, direction->title);
    text_end(&view->text);
    text_pad_to(&view->text, width);
    text_put(&view->text, "    ncalls  tottime  cumtime");
    text_end(&view->text);
}

static void render(const struct report *report, const struct render_options *options,
                   const struct direction *direction, FILE *out)
{
    struct view view;

    view_init(&view, report, options, out);
    pstats_table_head(&view);
    unsigned width = widest_name(&view) + 2;
    // As pstats: an empty list has no heading.
    if (report->n_kept)
        put_heading(&view, direction, width);
    for (size_t i = 0; i < report->n_kept; i++)
        put_function(&view, view_function(&view, i), direction, width);
    text_notes(&view);
    view_deinit(&view);
}

void render_callers(const struct report *report, const struct render_options *options, FILE *out)
{
    static const struct direction direction = {"was called by...", "<-", false};

    render(report, options, &direction, out);
}

void render_callees(const struct report *report, const struct render_options *options, FILE *out)
{
    static const struct direction direction = {"called...", "->", true};

    render(report, options, &direction, out);
}
