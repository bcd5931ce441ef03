#include "report/text_extent.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

// Lines looked at behind the last cost. A longer tail without any cost is not worth showing.
#define TAIL_MAX 400

static size_t indentation(const char *text)
{
    return strspn(text, " \t");
}

// Whether the line closes a block at this indentation, in C's way or with an "end".
static bool closes(const char *text, const char *declaration)
{
    size_t n = indentation(declaration);

    if (indentation(text) != n || memcmp(text, declaration, n) != 0)
        return false;
    if (text[n] == '}')
        return true;
    // "end;", "end function", but no label.
    return strncasecmp(text + n, "end", 3) == 0 && strchr(" \t;", text[n + 3]);
}

// First line behind `last` on which another function of the file starts; UINT32_MAX when none does.
static uint32_t next_function(const struct report *report, const struct report_function *function,
                              uint32_t last)
{
    uint32_t next = UINT32_MAX;

    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *other = &report->functions[i];
        if (other->file && other->line > last && other->line < next &&
            strcmp(other->file, function->file) == 0)
            next = other->line;
    }
    return next;
}

// The line that ends the function, or `last` when none is found.
static uint32_t closing_line(const struct report *report, const struct report_function *function,
                             uint32_t first, uint32_t last)
{
    const struct source *source = sources_get(report->sources, function->file);
    uint32_t start = function->line ? function->line : first;
    uint32_t limit = next_function(report, function, last);

    if (start > source->n_lines)
        return last;
    for (uint32_t line = last; line < limit && line - last < TAIL_MAX; line++) {
        if (line > source->n_lines)
            break;
        // A function in one line ends there.
        if (line > start && closes(source->lines[line - 1], source->lines[start - 1]))
            return line;
        if (line == start && strchr(source->lines[line - 1], '{') &&
            strchr(source->lines[line - 1], '}'))
            return line;
    }
    return last;
}

struct text_extent text_extent_of(const struct report *report,
                                  const struct report_function *function)
{
    uint32_t first = UINT32_MAX;
    uint32_t last = 0;

    for (size_t i = 0; i < function->n_lines; i++) {
        const struct report_line *line = &function->lines[i];
        if (line->file || !line->line)
            continue;
        first = line->line < first ? line->line : first;
        last = line->line > last ? line->line : last;
    }
    if (!function->file || !last)
        return (struct text_extent){0, 0};
    if (function->line && function->line < first)
        first = function->line;
    last = last > function->line ? last : function->line;
    if (report->sources)
        last = closing_line(report, function, first, last);
    return (struct text_extent){first, last == UINT32_MAX ? last : last + 1};
}
