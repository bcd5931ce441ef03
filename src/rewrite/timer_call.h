/**
 * @file
 * What a copy calls when its function is entered or left, so that its calls can be timed:
 *
 *        call *%gs:REWRITE_ENTERED_AT      (or REWRITE_LEFT_AT)
 *        nopl  number(%rax)
 *
 * The callee finds the number of the timer in the nop that it returns to. It changes no register and no
 * flag. The call writes to the stack, so it stands only where nothing lies below the stack pointer: at the
 * function's entry, before it returns, and before it jumps to another function in place of that.
 */
#ifndef LPROF_REWRITE_TIMER_CALL_H
#define LPROF_REWRITE_TIMER_CALL_H

#include "rewrite/copy.h"

/** [bytes] */
#define TIMER_CALL_SIZE 15

/** Of these the call itself. */
#define TIMER_CALL_RETURNS 8

/** Write one. */
void timer_call_emit(bool entered, uint32_t timer, uint8_t ret[TIMER_CALL_SIZE]);

/** Find out whether a copy can be timed, and set `timed`. Needs sites. */
void timer_call_settle(struct copy *copy);

/** Whether a function is left by an instruction. */
bool timer_call_leaves(const struct copy *copy, uint32_t insn);

#endif
