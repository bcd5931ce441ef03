/**
 * @file
 * Reading a copy for verify.h: where the reader is, and what is there.
 */
#ifndef LPROF_REWRITE_VERIFY_WALK_H
#define LPROF_REWRITE_VERIFY_WALK_H

#include "code/encoding.h"
#include "rewrite/probe.h"
#include "rewrite/verify.h"

/**
 * What stands before an instruction in the copy belongs to it: control that comes to any of it comes to
 * the instruction.
 */
struct zone {
    uint32_t begin;
    uint32_t end; ///< Where the instruction itself stands.
};

struct verify_walk {
    struct copy *copy;
    const struct verify_input *input;
    uint32_t at;
    uint32_t stubs;     ///< Where the ways apart begin, behind all instructions.
    bool *starts;       ///< Per byte: an instruction or a counter starts here.
    struct zone *zones; ///< Per instruction.
    uint64_t *jumps;    ///< Per instruction, where its jump leads in the copy.
};

/** Refuse the copy. Always false. */
bool verify_walk_differs(struct verify_walk *w, uint64_t addr);

/** The address that is read. */
uint64_t verify_walk_here(const struct verify_walk *w);

/** Bytes from there to the end of the copy. */
size_t verify_walk_left(const struct verify_walk *w);

/** These bytes. */
const uint8_t *verify_walk_now(const struct verify_walk *w);

/** Take the instruction there apart. */
bool verify_walk_parse(const struct verify_walk *w, struct encoding *ret);

/** Go on behind it. */
void verify_walk_pass(struct verify_walk *w, uint32_t size);

/** Whether a counter of this very function is there. */
bool verify_walk_probe(const struct verify_walk *w, struct probe *ret);

/** Go on behind the call that tells that the function was entered, or is left. False when it is not there. */
bool verify_walk_timer(struct verify_walk *w, bool entered);

/** Whether an instruction is a direct jump without condition. */
bool verify_walk_is_jump(const struct encoding *e);

/** Where a direct jump or branch that is there leads; 0 = it is none. */
uint64_t verify_walk_jump(const struct verify_walk *w, const struct encoding *e);

/** Whether control that comes to a place of the copy comes to an instruction, over a counter or not. */
bool verify_walk_leads_to(struct verify_walk *w, uint64_t addr, uint32_t insn);

#endif
