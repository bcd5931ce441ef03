/**
 * @file
 * Following call frame instructions for one thing only: how far the CFA is from the stack pointer.
 *
 * @source DWARF 5 section 6.4.2
 */
#ifndef LPROF_OBJECT_CFA_STATE_H
#define LPROF_OBJECT_CFA_STATE_H

#include <stdbool.h>

#include "object/cfa_cie.h"

#define CFA_STATES_MAX 8

/** The CFA's rule. */
struct cfa {
    uint64_t reg;
    int64_t offset;
    bool known; ///< It is a register and an offset.
};

/** As far as the instructions were followed. */
struct cfa_state {
    const struct cfa_cie *cie;
    struct cfa cfa;
    struct cfa remembered[CFA_STATES_MAX];
    unsigned n_remembered;
};

/** As the instructions of a CIE leave it. `cie` is borrowed. */
void cfa_state_init(struct cfa_state *ret, const struct cfa_cie *cie);

/**
 * Follow an instruction that does not advance and has no operand in its own byte.
 *
 * @param program Behind its byte; left behind its operands.
 * @return False when it is unknown.
 */
bool cfa_state_follow(struct cfa_state *state, uint8_t op, struct cursor *program);

#endif
