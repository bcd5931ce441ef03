/**
 * @file
 * The report's notes: the profile's own, then what the report found.
 */
#ifndef LPROF_REPORT_NOTES_H
#define LPROF_REPORT_NOTES_H

#include <stddef.h>

#include "base/error.h"
#include "base/string_pool.h"
#include "report/report.h"

/** A list that grows; texts live in the pool. */
struct notes {
    struct string_pool *strings;
    struct profile_note *items; ///< [n]
    size_t n;
    size_t capacity;
};

/** Add a note. `code` must be static, `hint` too or NULL. */
LPROF_PRINTF(5, 6)
void notes_add(struct notes *notes, const char *code, int64_t count, const char *hint,
               const char *format, ...);

/** Add all notes of the profile. */
void notes_add_profile(struct notes *notes, const struct profile *profile);

/**
 * Add what is wrong with the sources of the listed functions, once per file: `source-newer`,
 * `source-shorter`. The count is that of the listed functions in it. Files that were not found are told
 * together, the project's with the number of its listed functions, others with that of the files:
 * `source-missing`.
 */
void notes_add_sources(struct notes *notes, const struct report *report);

/**
 * Add `no-lines` when what was run is no module itself (a script, a shell's command) and none of the
 * modules has lines of a project. That a program has none is noted when it is symbolized.
 *
 * @param mapping Of the main program, 0 = none (program_mapping()).
 */
void notes_add_lines(struct notes *notes, const struct report *report, uint32_t mapping);

/** Add `no-stacks` when there are samples and none has callers. */
void notes_add_stacks(struct notes *notes, const struct report *report);

#endif
