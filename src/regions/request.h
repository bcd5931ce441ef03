/**
 * @file
 * Asking lprof for a profile of what was measured up to now.
 */
#ifndef LPROF_REGIONS_REQUEST_H
#define LPROF_REGIONS_REQUEST_H

#include "event/region_wire.h"

/** Have it saved; returns when it is there. 0, or -1 with errno set. */
int request_dump(struct region_wire *wire, const char *path);

#endif
