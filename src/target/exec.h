/**
 * @file
 * Running a program by name, and saying in one line why that did not work.
 */
#ifndef LPROF_TARGET_EXEC_H
#define LPROF_TARGET_EXEC_H

#include <limits.h>

#include "base/error.h"

/** Why a program could not be run. */
struct exec_failure {
    int errnum;
    char path[PATH_MAX]; ///< The file it is about; "" = none was found.
};

/**
 * Become the program argv[0], looked up in PATH unless it has a slash. As execvp(3), a file that is
 * no program of any known kind is run by /bin/sh; but an ELF file never is: one that this machine
 * cannot run is an error.
 *
 * @param[out] ret Why it failed: the function returns only then.
 */
void exec_program(char *const argv[], struct exec_failure *ret);

/**
 * The file that exec_program() would run first: `program` itself when it has a slash, else the first file
 * of that name in PATH that may be run.
 *
 * @return Free it; NULL when there is none.
 */
char *exec_find(const char *program);

/** The TARGET error for a failure: its `errnum` is that of exec, its hint what the user can do. */
LPROF_MUST_USE struct lprof_error *exec_explain(const char *program,
                                                const struct exec_failure *failure);

#endif
