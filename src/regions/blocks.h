/**
 * @file
 * The block of each thread, in which it tells of its regions.
 */
#ifndef LPROF_REGIONS_BLOCKS_H
#define LPROF_REGIONS_BLOCKS_H

#include "event/region_wire.h"

/** A block for the calling thread, with nothing open in it; NULL when all are in use. */
struct region_wire_block *blocks_take(struct region_wire *wire);

/** This thread starts anew, in another program: what it used before is free. */
void blocks_give_back(struct region_wire *wire);

#endif
