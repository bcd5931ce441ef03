/**
 * @file
 * A folder for the time of one run: for the files that the profiled program is to load.
 */
#ifndef LPROF_TARGET_RUN_FOLDER_H
#define LPROF_TARGET_RUN_FOLDER_H

#include <stddef.h>

#include "base/error.h"

/** A folder that nobody else may read. A zeroed struct is none. */
struct run_folder {
    char *path;
    int lock;     ///< Held as long as lprof lives.
    char **files; ///< [n_files] Paths.
    size_t n_files;
    size_t capacity;
};

/**
 * Make it, where programs may be loaded from. Remove with run_folder_remove(). Those that were left there by
 * an lprof that was killed are removed.
 */
LPROF_MUST_USE struct lprof_error *run_folder_make(struct run_folder *ret);

/** Write a file. `*path_ret` belongs to the folder. */
LPROF_MUST_USE struct lprof_error *run_folder_write(struct run_folder *folder, const char *name,
                                                    const void *bytes, size_t size,
                                                    const char **path_ret);

/** Remove a file that was made in it by others, too. */
void run_folder_adopt(struct run_folder *folder, const char *path);

/** Remove it with all files that were written. A zeroed struct is allowed. */
void run_folder_remove(struct run_folder *folder);

#endif
