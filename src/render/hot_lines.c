#include "render/hot_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int compare_places(const void *a, const void *b)
{
    const struct hot_line *x = a;
    const struct hot_line *y = b;
    int files = strcmp(x->file, y->file);

    if (files)
        return files;
    return (x->line > y->line) - (x->line < y->line);
}

static int compare_times(const void *a, const void *b)
{
    const struct hot_line *x = a;
    const struct hot_line *y = b;

    if (x->own_ns != y->own_ns)
        return x->own_ns > y->own_ns ? -1 : 1;
    return compare_places(a, b);
}

// The lines with own time, of all functions or of those that can be worked on. Free them.
static struct hot_line *collect(const struct report *report, bool all, size_t *n_ret)
{
    struct hot_line *lines = NULL;
    size_t capacity = 0;
    size_t n = 0;

    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *function = &report->functions[i];
        bool ours = function->mine || function->listed;
        for (size_t j = 0; j < function->n_lines && (ours || all); j++) {
            const struct report_line *line = &function->lines[j];
            const char *file = line->file ? line->file : function->file;
            if (!file || !line->line || line->own_ns <= 0)
                continue;
            lines = mem_grow(lines, &capacity, n, sizeof *lines);
            lines[n++] = (struct hot_line){function, file, line->line, line->own_ns};
        }
    }
    *n_ret = n;
    return lines;
}

// Add up the lines that are one line of source; returns how many are left.
static size_t add_up(struct hot_line *lines, size_t n)
{
    size_t out = 0;

    if (n)
        qsort(lines, n, sizeof *lines, compare_places);
    for (size_t i = 0; i < n; i++) {
        if (out && compare_places(&lines[out - 1], &lines[i]) == 0)
            lines[out - 1].own_ns += lines[i].own_ns;
        else
            lines[out++] = lines[i];
    }
    return out;
}

void hot_lines_init(struct hot_lines *hot, const struct report *report, size_t most)
{
    size_t n = 0;
    struct hot_line *lines = collect(report, false, &n);

    if (!n) {
        free(lines);
        lines = collect(report, true, &n);
    }
    n = add_up(lines, n);
    if (n)
        qsort(lines, n, sizeof *lines, compare_times);
    *hot = (struct hot_lines){lines, n < most ? n : most};
}

void hot_lines_deinit(struct hot_lines *hot)
{
    free(hot->lines);
    *hot = (struct hot_lines){0};
}
