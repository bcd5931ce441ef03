/**
 * @file
 * The sampled pointers that have not been freed: asked at every free, so the answer "no" must be quick.
 * Without locks; safe in signal handlers.
 */
#ifndef LPROF_PRELOAD_HEAP_POINTERS_H
#define LPROF_PRELOAD_HEAP_POINTERS_H

#include <stdbool.h>
#include <stdint.h>

#define HEAP_POINTERS_FILTER_BITS 14

/** How many of the pointers hash to each place; only what stands here makes the next function quick. */
extern uint8_t heap_pointers_filter[1 << HEAP_POINTERS_FILTER_BITS];

static inline uint64_t heap_pointers_hash(const void *memory)
{
    return ((uint64_t)(uintptr_t)memory >> 4) * UINT64_C(0x9e3779b97f4a7c15);
}

/** False when a pointer is surely not there. */
static inline bool heap_pointers_may_have(const void *memory)
{
    return __atomic_load_n(
        &heap_pointers_filter[heap_pointers_hash(memory) >> (64 - HEAP_POINTERS_FILTER_BITS)],
        __ATOMIC_RELAXED);
}

/** From now on any pointer may be there. */
void heap_pointers_add_all(void);

/** Add a pointer. False when there is no room for it. */
bool heap_pointers_add(const void *memory);

/** Take a pointer out. False when it is not there. */
bool heap_pointers_take(const void *memory);

#endif
