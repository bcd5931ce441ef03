/**
 * @file
 * What was counted exactly inside of each region, besides what was counted in all.
 */
#ifndef LPROF_COLLECT_EXACT_REGIONS_H
#define LPROF_COLLECT_EXACT_REGIONS_H

#include "event/event.h"

/** A sink in front of another one that lets pass what was counted, and says in which region. */
struct exact_regions {
    const struct event_sink *sink;
    uint32_t region;
};

/** The sink; valid as long as `regions`. */
struct event_sink exact_regions_sink(struct exact_regions *regions);

#endif
