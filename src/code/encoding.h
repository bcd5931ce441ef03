/**
 * @file
 * The parts of one encoded instruction: prefixes, opcode, operand bytes, and so its length.
 *
 * insn.h says what an instruction does to control; this says how it is written, for those who read
 * operands of a few known instructions, need to know where a displacement lies, or meet an instruction
 * that the disassembler does not know. 64-bit mode only.
 *
 * @source Intel SDM volume 2, chapter 2 and appendix A
 */
#ifndef LPROF_CODE_ENCODING_H
#define LPROF_CODE_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The table an opcode is looked up in, named by its escape bytes. */
enum encoding_map {
    ENCODING_MAP_ONE, ///< No escape.
    ENCODING_MAP_0F,
    ENCODING_MAP_0F38,
    ENCODING_MAP_0F3A,
    ENCODING_MAP_5, ///< EVEX only (half-precision floats).
    ENCODING_MAP_6, ///< EVEX only.
};

#define ENCODING_NO_REGISTER 0xff
#define ENCODING_RIP 0xfe ///< As a base: the address behind the instruction.

struct encoding {
    uint8_t size; ///< [bytes] of the whole instruction.
    enum encoding_map map;
    uint8_t opcode;
    uint8_t prefix; ///< The one that selects among instructions: 0, 0x66, 0xf2 or 0xf3.
    bool vector;    ///< VEX or EVEX.
    bool wide;      ///< REX.W or its equivalent.
    bool has_modrm;
    bool has_memory; ///< The ModRM byte names memory: base + index * scale + disp.
    uint8_t reg;     ///< ModRM.reg, extended to 4 bits. Its low 3 bits extend some opcodes.
    uint8_t rm; ///< The register of ModRM.rm where it is not memory; without ModRM, of the opcode.
    uint8_t base;      ///< Register, ENCODING_RIP or ENCODING_NO_REGISTER.
    uint8_t index;     ///< Register or ENCODING_NO_REGISTER.
    uint8_t scale;     ///< 1, 2, 4 or 8.
    uint8_t disp_size; ///< [bytes]
    uint8_t disp_at;   ///< [bytes] from the start of the instruction.
    int32_t disp;
    uint8_t immediate_size; ///< [bytes]
    int64_t immediate;      ///< Sign-extended; of a direct branch its displacement.
};

/** Take an instruction apart. False when the bytes are no known form or end in the middle. */
bool encoding_parse(const uint8_t *code, size_t size, struct encoding *ret);

/** Whether it does nothing: the forms of `nop`, by which compilers align code. */
bool encoding_is_nop(const struct encoding *encoding);

/** Whether it may read or write memory: what its operands name, the stack, strings. */
bool encoding_touches_memory(const struct encoding *encoding);

/** Whether it moves on a condition (cmov): a choice without a branch. */
bool encoding_is_conditional_move(const struct encoding *encoding);

/** Whether it computes on several numbers at once. Moves, shuffles and plain bit logic do not. */
bool encoding_is_packed_arithmetic(const struct encoding *encoding);

#endif
