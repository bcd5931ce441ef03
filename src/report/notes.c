#include "report/notes.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

static const char map_paths[] = "lprof report --path-map OLD=NEW";
static const char build_again[] = "build the program again and run lprof again";

static void append(struct notes *notes, struct profile_note note)
{
    notes->items = mem_grow(notes->items, &notes->capacity, notes->n, sizeof *notes->items);
    notes->items[notes->n++] = note;
}

void notes_add(struct notes *notes, const char *code, int64_t count, const char *hint,
               const char *format, ...)
{
    va_list args;

    va_start(args, format);
    CLEANUP(cleanup_free) char *text = mem_vprintf(format, args);
    va_end(args);
    append(notes, (struct profile_note){code, count, string_pool_add(notes->strings, text), hint});
}

void notes_add_profile(struct notes *notes, const struct profile *profile)
{
    for (size_t i = 0; i < profile->n_notes; i++)
        append(notes, profile->notes[i]);
}

// The last line with a number of the function's own file.
static uint32_t last_line(const struct report_function *function)
{
    uint32_t last = function->line;

    for (size_t i = 0; i < function->n_lines; i++)
        if (!function->lines[i].file && function->lines[i].line > last)
            last = function->lines[i].line;
    return last;
}

// What is wrong with one file, which `count` listed functions lie in, the last of them at line `last`.
static void add_source(struct notes *notes, const struct source *source, int64_t count,
                       uint32_t last)
{
    if (source->state == SOURCE_MISSING) {
        notes_add(notes, "source-missing", count, map_paths,
                  "%s was not found: its lines have no text", source->shown);
        return;
    }
    if (source->state == SOURCE_NEWER)
        notes_add(notes, "source-newer", count, build_again,
                  "%s was changed after the program was built: its lines may have moved",
                  source->shown);
    if (last > source->n_lines)
        notes_add(notes, "source-shorter", count, build_again,
                  "%s has %zu lines, but the program was built from line %u of it", source->shown,
                  source->n_lines, last);
}

static bool same_file(const struct report_function *a, const struct report_function *b)
{
    return a->listed && b->listed && strcmp(a->file, b->file) == 0;
}

// The listed functions of one file, of which `at` is the first.
static void add_file(struct notes *notes, const struct report *report, size_t at)
{
    const struct report_function *first = &report->functions[at];
    int64_t count = 0;
    uint32_t last = 0;

    for (size_t i = at; i < report->n_functions; i++) {
        if (!same_file(&report->functions[i], first))
            continue;
        uint32_t line = last_line(&report->functions[i]);
        last = line > last ? line : last;
        count++;
    }
    add_source(notes, sources_get(report->sources, first->file), count, last);
}

void notes_add_sources(struct notes *notes, const struct report *report)
{
    const struct report_function *functions = report->functions;
    int64_t n_foreign = 0;

    for (size_t i = 0; i < report->n_functions; i++) {
        bool seen = !functions[i].listed;
        for (size_t j = 0; j < i && !seen; j++)
            seen = same_file(&functions[i], &functions[j]);
        if (seen)
            continue;
        const struct source *source = sources_get(report->sources, functions[i].file);
        if (source->state == SOURCE_MISSING && !functions[i].mine)
            n_foreign++;
        else
            add_file(notes, report, i);
    }
    if (n_foreign)
        notes_add(notes, "source-missing", n_foreign, map_paths,
                  n_foreign == 1 ? "%lld source file outside the project was not found"
                                 : "%lld source files outside the project were not found",
                  (long long)n_foreign);
}

void notes_add_stacks(struct notes *notes, const struct report *report)
{
    if (report->samples && !report->has_stacks)
        notes_add(notes, "no-stacks", report->samples, NULL,
                  "times are of the line itself and what is inlined there; "
                  "called functions are not added");
}
