// The table of pstats: one row per function, times in seconds.
#include "base/cleanup.h"
#include "render/pstats_table.h"

// Time per call; REPORT_NULL when one of the two is not known, or there was no call.
static int64_t per_call(int64_t time_ns, int64_t calls)
{
    if (time_ns == REPORT_NULL || calls == REPORT_NULL || calls == 0)
        return REPORT_NULL;
    return time_ns / calls;
}

static void put_function(struct view *view, const struct report_function *function)
{
    struct text *text = &view->text;
    CLEANUP(cleanup_free) char *calls = pstats_table_calls(function->ncalls, function->pcalls);
    CLEANUP(cleanup_free) char *name = pstats_table_name(view, function);
    int64_t pcalls = function->pcalls == REPORT_NULL ? function->ncalls : function->pcalls;
    const int64_t times[] = {
        function->tottime_ns,
        per_call(function->tottime_ns, function->ncalls),
        function->cumtime_ns,
        per_call(function->cumtime_ns, pcalls),
    };

    text_right(text, calls, 9);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        text_put(text, " ");
        pstats_table_time(text, times[i]);
    }
    text_printf(text, " %s", name);
    text_end(text);
}

void render_functions(const struct report *report, const struct render_options *options, FILE *out)
{
    struct view view;

    view_init(&view, report, options, out);
    pstats_table_head(&view);
    // As pstats: an empty list has no heading.
    if (report->n_kept) {
        text_put(&view.text,
                 "   ncalls  tottime  percall  cumtime  percall filename:lineno(function)");
        text_end(&view.text);
    }
    for (size_t i = 0; i < report->n_kept; i++)
        put_function(&view, view_function(&view, i));
    text_notes(&view);
    view_deinit(&view);
}
