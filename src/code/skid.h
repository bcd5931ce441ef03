/**
 * @file
 * Skid: a timer sample carries the address of the instruction *behind* the one that took the time.
 *
 * The rule moves a sample back where, and only where, the instruction before is sure to be the one
 * that ran: not over jumps, calls and returns, not out of a function, not off a jump target.
 */
#ifndef LPROF_CODE_SKID_H
#define LPROF_CODE_SKID_H

#include <stdint.h>

#include "code/insn.h"
#include "object/object.h"

struct skid; // opaque: a decoder and the jump targets of the functions seen so far

/** Make the state of the rule for one object, which must outlive it. */
struct skid *skid_create(struct object *obj);

/** Free it. NULL is allowed. */
void skid_destroy(struct skid *skid);

/**
 * The address to look up for a sample of a software clock.
 *
 * @param addr File address of the sample, in user mode.
 * @return `addr`, or `addr - 1`, which lies in the instruction before.
 */
uint64_t skid_user_addr(struct skid *skid, uint64_t addr);

/**
 * The address to look up for a sample in the kernel.
 *
 * @param addr File address that the thread returns to in user mode: behind the syscall instruction,
 *             at the instruction that faulted, or where an interrupt came.
 * @return `addr - 1` behind a syscall instruction; `addr` where the instruction may have faulted; else
 *         as skid_user_addr(), because an interrupt comes as late as the sample of a clock.
 */
uint64_t skid_kernel_addr(struct skid *skid, uint64_t addr);

#endif
