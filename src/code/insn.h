/**
 * @file
 * Machine instructions of x86-64, as far as lprof needs to know them.
 */
#ifndef LPROF_CODE_INSN_H
#define LPROF_CODE_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum insn_kind {
    INSN_PLAIN,   ///< Control goes on behind it.
    INSN_SYSCALL, ///< Enters the kernel, then goes on.
    INSN_JUMP,    ///< Always jumps.
    INSN_BRANCH,  ///< Jumps or goes on.
    INSN_CALL,
    INSN_RETURN,
    INSN_STOP, ///< Never goes on: ud2, hlt, int3.
};

struct insn {
    uint64_t addr;
    uint8_t size; ///< [bytes]
    enum insn_kind kind;
    bool has_target; ///< A direct jump, branch or call: `target` is known.
    uint64_t target;
};

/** A decoder; holds the disassembler's state. */
struct insn_decoder; // opaque

/** Make a decoder. */
struct insn_decoder *insn_decoder_create(void);

/** Free a decoder. NULL is allowed. */
void insn_decoder_destroy(struct insn_decoder *decoder);

/** Decode the instruction at `addr`. False when the bytes are no instruction or end in the middle. */
bool insn_decode(struct insn_decoder *decoder, const uint8_t *code, size_t size, uint64_t addr,
                 struct insn *ret);

/** The same with capstone alone: for bytes that code/encoding.h does not know, and to compare the two. */
bool insn_decode_slowly(struct insn_decoder *decoder, const uint8_t *code, size_t size,
                        uint64_t addr, struct insn *ret);

#endif
