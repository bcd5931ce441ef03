/**
 * @file
 * Which counted function a call leads to: directly, or through the procedure linkage table.
 */
#ifndef LPROF_COLLECT_EXACT_CALLS_H
#define LPROF_COLLECT_EXACT_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/exact_module.h"

/** A function that is counted. */
struct exact_callee {
    uint32_t module; ///< Number.
    uint64_t entry;
    const char *name; ///< Of its symbol; "" = it has none.
};

struct exact_calls {
    struct exact_callee *by_entry; ///< [n] By module and entry.
    struct exact_callee *by_name;  ///< [n] By name; of one name that of the first module first.
    size_t n;
};

/** List the functions of modules, which must outlive it. Free with exact_calls_deinit(). */
void exact_calls_init(struct exact_calls *ret, struct exact_module *const *modules, size_t count);

/** Free what it holds. */
void exact_calls_deinit(struct exact_calls *calls);

/**
 * The function that is called at an address of a module: the one that starts there, or the one that the
 * dynamic linker finds first for the stub that stands there.
 *
 * @return NULL when none that is counted is known.
 */
const struct exact_callee *exact_calls_find(const struct exact_calls *calls,
                                            const struct exact_module *from, uint64_t addr);

#endif
