/**
 * @file
 * Regions by the numbers that events name them by.
 */
#ifndef LPROF_INGEST_REGION_TABLE_H
#define LPROF_INGEST_REGION_TABLE_H

#include "event/event.h"
#include "profile/profile.h"

struct region_table {
    struct profile *profile;
    uint32_t *ids; ///< [n] Of the profile, by number; 0 = none.
    size_t n;
};

/** No regions. */
void region_table_init(struct region_table *table, struct profile *profile);

/** Free all. */
void region_table_deinit(struct region_table *table);

/** A region got its number. */
void region_table_add(struct region_table *table, const struct event_region *region);

/** Its calls up to now. To be told once. */
void region_table_enter(struct region_table *table, const struct event_entered *entered);

/** Id in the profile of a number; 0 for 0 and for one that was not added. */
uint32_t region_table_id(const struct region_table *table, uint32_t number);

#endif
