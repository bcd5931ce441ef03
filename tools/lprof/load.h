/**
 * @file
 * Profiles from files: one, many merged, or the newest of the current folder.
 */
#ifndef LPROF_TOOL_LOAD_H
#define LPROF_TOOL_LOAD_H

#include <stddef.h>

#include "base/error.h"
#include "profile/profile.h"

/**
 * Load files and merge them.
 *
 * @param paths [n] n is at least 1.
 * @param[out] ret Free with profile_destroy(). Untouched on error.
 * @return NULL, or the error of the first file that cannot be loaded.
 */
LPROF_MUST_USE struct lprof_error *load_merged(char *const *paths, size_t n, struct profile **ret);

/** The newest *.lprof file of the current folder, or NULL. Free it. */
char *load_newest(void);

#endif
