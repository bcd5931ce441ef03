/**
 * @file
 * Files that are gone, or are other files now, opened through a process that still has them mapped.
 *
 * @source proc(5), /proc/pid/map_files (for root) and /proc/pid/exe
 */
#ifndef LPROF_INGEST_MAPPED_FILE_H
#define LPROF_INGEST_MAPPED_FILE_H

#include <sys/types.h>

#include "base/build_id.h"
#include "ingest/space.h"
#include "object/object.h"

/**
 * Open the file that a process has mapped.
 *
 * @param path What the file was called when it was mapped.
 * @param build_id That it must have; unknown = any, its name decides.
 * @return NULL when there is no way to it. Free with object_destroy().
 */
struct object *mapped_file_open(pid_t pid, const struct space_mapping *mapping, const char *path,
                                const struct build_id *build_id);

#endif
