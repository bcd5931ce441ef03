/**
 * @file
 * The instructions that count.
 *
 * One `inc`. Where flags are live it stands between instructions that save them, on the stack but
 * below the 128 bytes that a function may use without moving its stack pointer. No register is ever
 * taken: the compiler may know better than its conventions which of them a callee leaves alone.
 */
#ifndef LPROF_REWRITE_PROBE_H
#define LPROF_REWRITE_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "rewrite/rewrite.h"

#define PROBE_MAX 40

/** A step of a counter at which the stack pointer changes. */
struct probe_step {
    uint8_t offset;  ///< From the counter's start.
    uint16_t pushed; ///< From here on [bytes].
};

#define PROBE_STEPS 4

/** The size of a counter [bytes]. */
uint32_t probe_size(enum rewrite_counter_form form, bool saves);

/**
 * Write a counter.
 *
 * @param addr Where it will stand.
 * @param counter Address, or distance from the GS base, of what it counts in.
 * @param[out] ret probe_size() bytes.
 * @return False when the counter is out of reach from there.
 */
bool probe_emit(enum rewrite_counter_form form, bool saves, uint64_t addr, uint64_t counter,
                uint8_t *ret);

/** A counter that was found in code. */
struct probe {
    uint32_t size; ///< [bytes]
    bool saves;
    uint64_t counter;
};

/** Recognise a counter. False when the bytes at `addr` are none. */
bool probe_parse(enum rewrite_counter_form form, uint64_t addr, const uint8_t *bytes, size_t size,
                 struct probe *ret);

/** The steps of a counter that saves flags. Behind it the stack pointer is as before. */
void probe_steps(enum rewrite_counter_form form, struct probe_step ret[PROBE_STEPS]);

#endif
