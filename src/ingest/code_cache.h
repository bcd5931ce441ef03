/**
 * @file
 * What was found about code lately, by run address: how to step to the caller, and the location in the
 * profile. Hot code comes again and again, so that most frames of most stacks cost one look here
 * instead of searches in the process's mappings and the module's rows.
 */
#ifndef LPROF_INGEST_CODE_CACHE_H
#define LPROF_INGEST_CODE_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ingest/module_table.h"
#include "ingest/space.h"
#include "ingest/unwind.h"
#include "profile/profile.h"

struct code_cache {
    struct profile *profile;
    const struct space *space;
    struct module_table *modules;
    pid_t pid;      ///< Whose code is asked about.
    uint64_t epoch; ///< Grows when everything is forgotten.
    struct code_cache_entry *entries;
};

/** Start; all three must outlive it. */
void code_cache_init(struct code_cache *cache, struct profile *profile, const struct space *space,
                     struct module_table *modules);

/** Free all. */
void code_cache_deinit(struct code_cache *cache);

/** Mappings changed: forget everything. */
void code_cache_forget(struct code_cache *cache);

/** For the walker: asks about the code of `pid`. Valid until it is asked for another one. */
struct unwind_lookup code_cache_lookup(struct code_cache *cache, pid_t pid);

/**
 * Id of the location of a frame of `pid` further out than the leaf; 0 when it lies in no mapping.
 *
 * @param is_call `run_addr` is the return address minus one.
 */
uint32_t code_cache_location(struct code_cache *cache, pid_t pid, uint64_t run_addr, bool is_call);

#endif
