/**
 * @file
 * The copies of a module's functions, made for a place at some distance from the module. Wherever the
 * module comes to lie, the same bytes fit there at that distance.
 */
#ifndef LPROF_COLLECT_EXACT_COPIES_H
#define LPROF_COLLECT_EXACT_COPIES_H

#include "base/error.h"
#include "collect/exact_module.h"
#include "target/run_folder.h"

struct exact_copies {
    struct exact_module *module;
    uint64_t addr; ///< As file address of the module: it may wrap around.
    struct rewrite_image image;
    struct exact_copies *next; ///< Others of the module.
};

/** How much memory the file of a module's copies takes at most [bytes]. */
size_t exact_copies_room(const struct exact_module *module);

/**
 * Make copies, and refuse the functions that cannot be copied to there.
 *
 * @param addr Of the code, as file address of the module.
 * @return They belong to the module.
 */
struct exact_copies *exact_copies_create(struct exact_module *module, uint64_t addr);

/** Free them. NULL is allowed. */
void exact_copies_destroy(struct exact_copies *copies);

/**
 * Write the file of the copies for a process (target/copy_file.h), if it is not there yet.
 *
 * @param bias Of the module there: run address minus file address.
 * @param[out] path_ret Free it.
 */
LPROF_MUST_USE struct lprof_error *exact_copies_write(const struct exact_copies *copies,
                                                      uint64_t bias, struct run_folder *folder,
                                                      char **path_ret);

#endif
