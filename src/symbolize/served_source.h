/**
 * @file
 * Source files from debuginfod servers, for reports.
 */
#ifndef LPROF_SYMBOLIZE_SERVED_SOURCE_H
#define LPROF_SYMBOLIZE_SERVED_SOURCE_H

#include "object/debug_server.h"
#include "profile/profile.h"

/**
 * Fetch a source file of a symbolized profile, for the modules that have lines or functions of it.
 *
 * @param path As in the profile.
 * @return The path of a local copy, to be freed; NULL when no server has it.
 */
char *served_source_fetch(const struct profile *profile, struct debug_server *server,
                          const char *path);

#endif
