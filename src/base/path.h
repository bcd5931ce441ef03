/**
 * @file
 * Paths as text: nothing here looks at the file system.
 */
#ifndef LPROF_BASE_PATH_H
#define LPROF_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

/** The part behind the last slash; the whole path when there is none. Points into `path`. */
const char *path_basename(const char *path);

/**
 * Join and tidy: `name` alone when it is absolute, else `folder` + "/" + `name`; then "." and empty
 * parts are dropped and ".." takes its parent away (a leading ".." of a relative path stays).
 *
 * @param folder May be NULL or empty.
 * @return Free it.
 */
char *path_join(const char *folder, const char *name);

/** Trailing parts that two paths share: "a/b/c.c" and "x/b/c.c" share 2. */
size_t path_shared_suffix(const char *a, const char *b);

/** Whether `path` is `folder` or lies below it. "/usr" holds "/usr/x" and not "/usrx". */
bool path_is_below(const char *path, const char *folder);

#endif
