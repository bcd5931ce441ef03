/**
 * @file
 * Having the program load a library of lprof's before its own, by its environment.
 */
#ifndef LPROF_TARGET_PRELOAD_H
#define LPROF_TARGET_PRELOAD_H

#include <stdbool.h>

#include "base/error.h"

/** What this process's environment was before. */
struct preload {
    char *preload; ///< LD_PRELOAD; NULL = not set.
    bool active;
};

/**
 * Where a library of lprof's is: beside the command, as built, or where it is installed.
 *
 * @param[out] ret Free it.
 * @return NULL, or an error that names the places.
 */
LPROF_MUST_USE struct lprof_error *preload_find(const char *library, char **ret);

/**
 * Why a program will not have its heap told of: it would end when a library stands before that of its
 * sanitizer. NULL = there is nothing against it.
 */
const char *preload_objection(const char *program);

/** Change the environment of this process, and so of the programs that it starts from now on. */
void preload_begin(struct preload *preload, const char *library, const char *name,
                   const char *value);

/** Put it back; `name` is gone. */
void preload_end(struct preload *preload, const char *name);

#endif
