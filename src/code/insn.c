/*
 * Capstone tells where instructions end and what they are. It is asked without details, which would
 * make it several times as slow: the target of a direct jump is the number at the instruction's end.
 */
#include "code/insn.h"

#include <assert.h>
#include <capstone/capstone.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct insn_decoder {
    csh handle;
    cs_insn *buffer;
};

struct insn_decoder *insn_decoder_create(void)
{
    struct insn_decoder *decoder = mem_alloc(sizeof *decoder);
    cs_err err = cs_open(CS_ARCH_X86, CS_MODE_64, &decoder->handle);

    // It can only fail in a build of capstone without x86.
    assert(err == CS_ERR_OK);
    (void)err;
    decoder->buffer = cs_malloc(decoder->handle);
    assert(decoder->buffer);
    return decoder;
}

void insn_decoder_destroy(struct insn_decoder *decoder)
{
    if (!decoder)
        return;
    cs_free(decoder->buffer, 1);
    cs_close(&decoder->handle);
    free(decoder);
}

static enum insn_kind kind_of(unsigned id)
{
    switch (id) {
    case X86_INS_JMP:
    case X86_INS_LJMP:
        return INSN_JUMP;
    case X86_INS_CALL:
    case X86_INS_LCALL:
        return INSN_CALL;
    case X86_INS_RET:
    case X86_INS_RETF:
    case X86_INS_RETFQ:
    case X86_INS_IRET:
    case X86_INS_IRETD:
    case X86_INS_IRETQ:
    case X86_INS_SYSRET:
    case X86_INS_SYSEXIT:
        return INSN_RETURN;
    case X86_INS_SYSCALL:
    case X86_INS_SYSENTER:
    case X86_INS_INT:
        return INSN_SYSCALL;
    case X86_INS_UD0:
    case X86_INS_UD2:
    case X86_INS_UD2B:
    case X86_INS_HLT:
    case X86_INS_INT3:
    case X86_INS_INT1:
        return INSN_STOP;
    case X86_INS_LOOP:
    case X86_INS_LOOPE:
    case X86_INS_LOOPNE:
    case X86_INS_XBEGIN:
        return INSN_BRANCH;
    default:
        break;
    }
    bool is_branch = (id >= X86_INS_JAE && id <= X86_INS_JS) && id != X86_INS_JMP;
    return is_branch ? INSN_BRANCH : INSN_PLAIN;
}

// The distance that a direct jump, branch or call goes, or false.
// @source Intel SDM volume 2, opcodes E0-E3, E8, E9, EB, 70-7F, 0F 80-8F
static bool distance_of(const uint8_t *code, size_t size, int64_t *ret)
{
    size_t prefixes = 0;

    // Branch hints, bnd, notrack, rex and the like may stand before.
    while (prefixes + 2 < size &&
           (code[prefixes] == 0x2e || code[prefixes] == 0x3e || code[prefixes] == 0xf2 ||
            code[prefixes] == 0xf3 || code[prefixes] == 0x67 || (code[prefixes] & 0xf0) == 0x40))
        prefixes++;
    const uint8_t *opcode = code + prefixes;
    size_t left = size - prefixes;
    bool is_short = opcode[0] == 0xeb || (opcode[0] & 0xf0) == 0x70 || (opcode[0] & 0xfc) == 0xe0;
    bool is_near = opcode[0] == 0xe8 || opcode[0] == 0xe9;
    bool is_near_branch = left == 6 && opcode[0] == 0x0f && (opcode[1] & 0xf0) == 0x80;
    int8_t distance8;
    int32_t distance32;
    if (is_short && left == 2) {
        memcpy(&distance8, opcode + 1, sizeof distance8);
        *ret = distance8;
        return true;
    }
    if (!(is_near && left == 5) && !is_near_branch)
        return false;
    memcpy(&distance32, code + size - sizeof distance32, sizeof distance32);
    *ret = distance32;
    return true;
}

// Length of the ModRM byte, what it calls for, and nothing behind. 0 when the bytes end before.
static size_t modrm_length(const uint8_t *at, size_t left)
{
    if (!left)
        return 0;
    unsigned mod = at[0] >> 6;
    unsigned rm = at[0] & 7;
    size_t length = 1;
    if (mod == 3)
        return length;
    bool has_sib = rm == 4;
    if (has_sib && left < 2)
        return 0;
    bool has_base = has_sib ? (at[1] & 7) != 5 : rm != 5;
    length += has_sib;
    if (mod == 1)
        return length + 1;
    return mod == 2 || !has_base ? length + 4 : length;
}

// Capstone 4 does not know much of AVX-512. What is VEX or EVEX encoded is plain, and its length
// follows from the encoding alone.
// @source Intel SDM volume 2, sections 2.3 and 2.7
static size_t vex_length(const uint8_t *code, size_t size)
{
    size_t prefix = !size ? 0 : code[0] == 0xc5 ? 2 : code[0] == 0xc4 ? 3 : code[0] == 0x62 ? 4 : 0;

    if (!prefix || size < prefix + 2)
        return 0;
    unsigned map = prefix == 2 ? 1 : code[1] & (prefix == 3 ? 31 : 7);
    uint8_t opcode = code[prefix];
    if (prefix < 4 && map == 1 && opcode == 0x77) // vzeroupper, vzeroall: no operands.
        return prefix + 1;
    bool has_number =
        map == 3 || (map == 1 && ((opcode >= 0x70 && opcode <= 0x73) || opcode == 0xc2 ||
                                  (opcode >= 0xc4 && opcode <= 0xc6)));
    size_t operands = modrm_length(code + prefix + 1, size - prefix - 1);
    size_t length = prefix + 1 + operands + has_number;
    return operands && length <= size ? length : 0;
}

bool insn_decode(struct insn_decoder *decoder, const uint8_t *code, size_t size, uint64_t addr,
                 struct insn *ret)
{
    const uint8_t *at = code;
    uint64_t next = addr;
    int64_t distance = 0;

    size_t left = size;

    if (!cs_disasm_iter(decoder->handle, &at, &left, &next, decoder->buffer)) {
        *ret = (struct insn){.addr = addr, .size = (uint8_t)vex_length(code, size)};
        return ret->size;
    }
    *ret = (struct insn){
        .addr = addr,
        .size = (uint8_t)decoder->buffer->size,
        .kind = kind_of(decoder->buffer->id),
    };
    bool jumps = ret->kind == INSN_JUMP || ret->kind == INSN_BRANCH || ret->kind == INSN_CALL;
    if (jumps && distance_of(code, ret->size, &distance)) {
        ret->has_target = true;
        ret->target = addr + ret->size + (uint64_t)distance;
    }
    return true;
}
