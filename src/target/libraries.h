/**
 * @file
 * The shared libraries that a program starts with.
 */
#ifndef LPROF_TARGET_LIBRARIES_H
#define LPROF_TARGET_LIBRARIES_H

#include <stddef.h>

/** Paths. A zeroed struct is empty. */
struct libraries {
    char **paths; ///< [n]
    size_t n;
    size_t capacity;
};

/**
 * Ask the program's loader, as ldd does. What it does not tell stays out; the program is not run.
 *
 * @param loader The interpreter named in the program.
 * @param[out] ret Free it with libraries_deinit().
 * @source ld.so(8), option --list
 */
void libraries_find(const char *loader, const char *program, struct libraries *ret);

/** Free the paths. */
void libraries_deinit(struct libraries *libraries);

#endif
