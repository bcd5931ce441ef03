/**
 * @file
 * That a thread tells lprof of one thing at a time: what is allocated, mapped or freed meanwhile is lprof's own, or that
 * of a signal's handler.
 */
#ifndef LPROF_PRELOAD_TELLING_H
#define LPROF_PRELOAD_TELLING_H

#include <stdbool.h>

#include "preload/heap_ring_writer.h"

extern __thread bool telling_underway __attribute__((tls_model("initial-exec")));

/** Whether the calling thread tells of something. */
static inline bool telling_is_underway(void)
{
    return telling_underway;
}

/** Begin to tell. False when that is underway, or when nobody wants to know. */
static inline bool telling_begin(void)
{
    if (telling_underway || !heap_ring_writer_is_on())
        return false;
    telling_underway = true;
    return true;
}

/** All was told. */
static inline void telling_end(void)
{
    telling_underway = false;
}

#endif
