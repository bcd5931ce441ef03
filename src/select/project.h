/**
 * @file
 * What the project is: whose source files are the user's own ("mine"), as against the system's, the
 * language's and third parties'.
 */
#ifndef LPROF_SELECT_PROJECT_H
#define LPROF_SELECT_PROJECT_H

#include <stdbool.h>
#include <stddef.h>

/** The user's own words on it. */
struct project_options {
    const char *const *mine; ///< [n_mine] globs of files that are the project whatever else holds.
    size_t n_mine;
    const char *const
        *not_mine; ///< [n_not_mine] globs of files that are not; stronger than `mine`.
    size_t n_not_mine;
};

struct project; // opaque

/**
 * Work out the project.
 *
 * Its root is the version-control root above most of the main program's source files (looked for on
 * this machine; the home folder and / do not count), else their common folder. /usr, compiler and
 * language libraries, vendor, third_party, _deps and package registries below it are not the
 * project.
 *
 * @param files [n_files] Source files of the main program. Nothing passed in is kept.
 */
struct project *project_create(const struct project_options *options, const char *const *files,
                               size_t n_files);

/** Free it. NULL is allowed. */
void project_destroy(struct project *project);

/** Whether a source file belongs to the project. NULL (no file known) does not. */
bool project_is_mine(const struct project *project, const char *file);

/** The folder that paths of the project are shown relative to; "" when there is none. */
const char *project_root(const struct project *project);

/** Whether a file or one of its folders belongs to the system or to the toolchain: /usr, /rustc ...
 */
bool project_is_system(const char *file);

/**
 * Whether a glob matches a file or a folder above it. `*` also matches slashes; a glob that does
 * not start with a slash may start at any part of the path.
 */
bool project_glob_matches(const char *glob, const char *file);

#endif
