/**
 * @file
 * What can be told of a program or library: where its debug info is, what that covers, what is missing.
 */
#ifndef LPROF_DOCTOR_EXAMINE_MODULE_H
#define LPROF_DOCTOR_EXAMINE_MODULE_H

#include <stdbool.h>

#include "doctor/findings.h"
#include "object/debug_server.h"

/**
 * Examine a program and the libraries that it starts with. BAD only when the program itself has no
 * line info.
 *
 * @param path The program's file.
 * @param server Asked for debug info that is nowhere else; may be NULL.
 * @return NULL, or why the program cannot be read.
 */
LPROF_MUST_USE struct lprof_error *examine_program(struct findings *findings, const char *path,
                                                   struct debug_server *server);

#endif
