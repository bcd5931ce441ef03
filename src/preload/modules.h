/**
 * @file
 * The libraries of this process, without locks.
 */
#ifndef LPROF_PRELOAD_MODULES_H
#define LPROF_PRELOAD_MODULES_H

#include <stdint.h>

/** Find what is needed to find them. */
void modules_init(void);

/** The .eh_frame_hdr, as it is mapped, of the library that an address lies in; NULL = there is none. */
const uint8_t *modules_call_frames(uint64_t addr);

#endif
