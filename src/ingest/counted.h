/**
 * @file
 * Counters on their way into the profile: modules by number become mappings.
 */
#ifndef LPROF_INGEST_COUNTED_H
#define LPROF_INGEST_COUNTED_H

#include "event/event.h"
#include "ingest/module_table.h"
#include "profile/profile.h"

struct counted {
    struct profile *profile;
    struct module_table *modules;
    uint32_t
        *numbers; ///< [n_numbers] By a module's number - 1: its number in the table, 0 = not told.
    size_t n_numbers;
};

/** Free what it holds. */
void counted_deinit(struct counted *counted);

/** A module got a number. */
void counted_module(struct counted *counted, const struct event_module *module);

/** A function is counted. One of a module that nobody told of is left out. */
void counted_choice(struct counted *counted, const struct event_choice *choice);

/** Time in a call; likewise. */
void counted_called(struct counted *counted, const struct event_called *called);

/** A counter; likewise. `region` is the profile's id of the one that it counted inside of; 0 = all. */
void counted_counter(struct counted *counted, const struct event_counter *counter, uint32_t region);

#endif
