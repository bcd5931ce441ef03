#include <string.h>

#include "render/view.h"

// Without a single line of source, the functions are all there is to show.
static void say_how_to_get_lines(struct view *view)
{
    if (!view->report->n_notes)
        text_end(&view->text);
    text_wrap(&view->text,
              "lprof: note: no source lines are known: compile the program with -g, or install its "
              "debug symbols",
              2);
    text_end(&view->text);
}

static bool is_noted(const struct report *report, const char *code)
{
    for (size_t i = 0; i < report->n_notes; i++) {
        if (strcmp(report->notes[i].code, code) == 0)
            return true;
    }
    return false;
}

static bool knows_lines(const struct report *report)
{
    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *function = &report->functions[i];
        for (size_t j = 0; j < function->n_lines; j++) {
            if (function->lines[j].line)
                return true;
        }
    }
    return false;
}

static void render(const struct report *report, const struct render_options *options, FILE *out,
                   bool lines)
{
    struct view view;

    view_init(&view, report, options, out);
    text_header(&view);
    if (lines)
        text_lines(&view);
    text_summary(&view, !lines);
    text_notes(&view);
    if (!report->group && report->samples > 0 && !knows_lines(report) &&
        !is_noted(report, "no-lines"))
        say_how_to_get_lines(&view);
    view_deinit(&view);
}

void render_lines(const struct report *report, const struct render_options *options, FILE *out)
{
    render(report, options, out, true);
}

void render_summary(const struct report *report, const struct render_options *options, FILE *out)
{
    render(report, options, out, false);
}

void render_groups(const struct report *report, const struct render_options *options, FILE *out,
                   void (*layout)(const struct report *report, const struct render_options *options,
                                  FILE *out))
{
    struct view view;

    view_init(&view, report, options, out);
    text_header(&view);
    for (size_t i = 0; i < report->n_groups; i++) {
        size_t at = options->hottest_last ? report->n_groups - 1 - i : i;
        layout(report->groups[at].report, options, out);
    }
    text_notes(&view);
    view_deinit(&view);
}
