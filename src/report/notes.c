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

// What is wrong with one file that is there, which `count` listed functions lie in, the last of them at
// line `last`.
static void add_source(struct notes *notes, const struct source *source, int64_t count,
                       uint32_t last)
{
    if (source->state == SOURCE_NEWER)
        notes_add(notes, "source-newer", count, build_again,
                  "%s was changed after the program was built: its lines may have moved",
                  source->shown);
    if (source->state == SOURCE_OTHER)
        notes_add(notes, "source-newer", count, build_again,
                  "%s is not the text that the program was built from: its lines may have moved",
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

// The files of the project, or those of others, that were not found.
struct missing {
    int64_t n_files;
    int64_t n_functions;
    const char *first; // The file of the function that is listed first.
};

// The listed functions of one file, of which `at` is the first.
static void add_file(struct notes *notes, const struct report *report, size_t at,
                     struct missing *missing)
{
    const struct source *source = sources_get(report->sources, report->functions[at].file);
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
    if (source->state != SOURCE_MISSING) {
        add_source(notes, source, count, last);
        return;
    }
    missing->first = missing->n_files++ ? missing->first : source->shown;
    missing->n_functions += count;
}

static void add_missing(struct notes *notes, const struct missing *mine,
                        const struct missing *foreign)
{
    if (mine->n_files == 1)
        notes_add(notes, "source-missing", mine->n_functions, map_paths,
                  "%s was not found: its lines have no text", mine->first);
    else if (mine->n_files)
        notes_add(notes, "source-missing", mine->n_functions, map_paths,
                  "%s and %lld other source file%s were not found: their lines have no text",
                  mine->first, (long long)mine->n_files - 1, mine->n_files == 2 ? "" : "s");
    if (foreign->n_files)
        notes_add(notes, "source-missing", foreign->n_files, map_paths,
                  foreign->n_files == 1 ? "%lld source file outside the project was not found"
                                        : "%lld source files outside the project were not found",
                  (long long)foreign->n_files);
}

void notes_add_sources(struct notes *notes, const struct report *report)
{
    const struct report_function *functions = report->functions;
    struct missing missing[2] = {0}; // Of others, and the project's.

    for (size_t i = 0; i < report->n_functions; i++) {
        bool seen = !functions[i].listed;
        for (size_t j = 0; j < i && !seen; j++)
            seen = same_file(&functions[i], &functions[j]);
        if (!seen)
            add_file(notes, report, i, &missing[functions[i].mine]);
    }
    add_missing(notes, &missing[true], &missing[false]);
    const char *problem = sources_problem(report->sources);
    if (problem)
        notes_add(notes, "debug-info-not-fetched", 1, NULL, "%s", problem);
}

void notes_add_lines(struct notes *notes, const struct report *report, uint32_t mapping)
{
    const struct profile *profile = report->profile;

    for (size_t i = 0; i < profile->n_mappings; i++)
        if (profile_is_program(profile, &profile->mappings[i]))
            return;
    for (size_t i = 0; i < profile->n_notes; i++) // What is not known may have lines.
        if (strcmp(profile->notes[i].code, "module-gone") == 0)
            return;
    if (report->samples && !mapping && profile->meta.n_command)
        notes_add(notes, "no-lines", report->samples, "build what is of interest with -g",
                  "no sample is in a program that has line information: functions only");
}

void notes_add_stacks(struct notes *notes, const struct report *report)
{
    if (report->samples && !report->has_stacks)
        notes_add(notes, "no-stacks", report->samples, NULL,
                  "times are of the line itself and what is inlined there; "
                  "called functions are not added");
}
