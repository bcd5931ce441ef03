/**
 * @file
 * What really runs: a function of this process is executed with the trap flag set, and each instruction
 * of one module is counted.
 */
#ifndef TESTS_REWRITE_STEPPING_H
#define TESTS_REWRITE_STEPPING_H

#include <stddef.h>
#include <stdint.h>

struct stepping {
    uint64_t begin; ///< Of the module's code: run addresses.
    uint64_t end;
    uint64_t *counts; ///< Per byte: executions of the instruction there.
};

/** Count a call. Returns what it returns. */
unsigned long stepping_run(struct stepping *ret, uint64_t begin, uint64_t end,
                           unsigned long (*function)(void));

/** How often control went from one instruction to another, one behind the other. */
uint64_t stepping_edge(uint64_t from, uint64_t to);

/** Free what it holds. */
void stepping_deinit(struct stepping *stepping);

#endif
