/**
 * @file
 * Names of functions, files and programs as they are shown.
 */
#ifndef LPROF_RENDER_NAMES_H
#define LPROF_RENDER_NAMES_H

#include "report/report.h"

/** Where paths are shown from. */
struct names {
    const struct report *report;
    char *folder; ///< The current one; NULL when it has none.
};

/** Free it with names_deinit(). */
void names_init(struct names *names, const struct report *report);

/** Free what it holds; a zeroed struct is allowed. */
void names_deinit(struct names *names);

/**
 * A path as it is shown: relative to the current folder when below it, else to the project's root,
 * else as it is after the path maps. Lives as long as the report.
 */
const char *names_path(const struct names *names, const char *file);

/**
 * Where a line or function is: "src/count.cpp:21", or the module when no file is known.
 *
 * @return Free it.
 */
char *names_place(const struct names *names, const struct report_function *function,
                  const char *file, uint32_t line);

/**
 * A name without parameters and template arguments: "std::_Hashtable::_M_find".
 *
 * @return Free it.
 */
char *names_brief(const char *name);

/**
 * A name in so many columns: whole when it fits, else brief, else with its middle cut out.
 *
 * @param cut False = the brief name stays whole, however long.
 * @return Free it.
 */
char *names_fit(const char *name, unsigned columns, bool cut);

/**
 * A place in so many columns, if its last part has them: ".../bits/hashtable.h:1924".
 *
 * @return Free it.
 */
char *names_fit_place(const char *place, unsigned columns);

/**
 * A command as one would type it: arguments with blanks in quotes.
 *
 * @return Free it.
 */
char *names_command(const char *const *arguments, size_t n);

#endif
