/**
 * @file
 * The modules that were mapped, and what an address in them is called in the profile.
 *
 * A module's file is opened when its first sample comes, so that what never costs time costs no work.
 */
#ifndef LPROF_INGEST_MODULE_TABLE_H
#define LPROF_INGEST_MODULE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "event/event.h"
#include "ingest/space.h"
#include "object/kept.h"
#include "object/unwind_table.h"
#include "profile/profile.h"

struct module_table {
    struct module **modules; ///< [n_modules] By number - 1.
    size_t n_modules;
    size_t capacity;
    struct module *by_name; ///< A uthash table.
};

/** No modules. */
void module_table_init(struct module_table *table);

/** Free all. */
void module_table_deinit(struct module_table *table);

/**
 * The number of a module, from 1: the same for the same path and build id; for memory that is no file, the
 * same for the same process.
 *
 * @param pid Of who mapped it; 0 = not known.
 */
uint32_t module_table_add(struct module_table *table, pid_t pid, const struct event_map *map);

/**
 * The location of a run address in the profile: file address when the module is a file; when its file
 * is gone or broken, the offset in it; the run address in memory that is no file, whose module is the
 * process's list of the names of generated code (object/jit_map.h), where there is one.
 *
 * @param mapping Holds `run_addr`.
 */
uint32_t module_table_location(struct module_table *table, struct profile *profile,
                               const struct space_mapping *mapping, uint64_t run_addr,
                               enum profile_address_kind kind);

/** The mapping (id) of a whole module in the profile. */
uint32_t module_table_mapping(struct module_table *table, struct profile *profile, uint32_t module);

/** Hand over the files that are open, for symbolizing; asked for locations again, they are not there. */
void module_table_keep(struct module_table *table, struct kept *kept);

/**
 * How to step from a run address to its caller; NULL when nothing is known.
 *
 * @param mapping Holds `run_addr`.
 */
const struct unwind_row *module_table_unwind_row(struct module_table *table,
                                                 struct profile *profile,
                                                 const struct space_mapping *mapping,
                                                 uint64_t run_addr);

#endif
