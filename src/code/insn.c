/*
 * What an instruction does to control follows from its opcode, and its length from how it is encoded
 * (encoding.h): that takes some 20 ns, where capstone takes ten times as long, most of it to write text.
 * Capstone is asked about the bytes that are unknown there, and agrees on all others (tests/code/test_insn.c).
 */
#include "code/insn.h"

#include <assert.h>
#include <capstone/capstone.h>
#include <ctype.h>
#include <stdlib.h>

#include "base/mem.h"
#include "code/encoding.h"

// Its name before capstone 5.
#if CS_API_MAJOR < 5
#define X86_INS_UD1 X86_INS_UD2B
#endif

struct insn_decoder {
    csh handle;
    cs_insn *buffer; // NULL = capstone is not open yet.
};

struct insn_decoder *insn_decoder_create(void)
{
    return mem_alloc(sizeof(struct insn_decoder));
}

// Many decoders never need it.
static void open_capstone(struct insn_decoder *decoder)
{
    cs_err err = cs_open(CS_ARCH_X86, CS_MODE_64, &decoder->handle);

    // It can only fail in a build of capstone without x86.
    assert(err == CS_ERR_OK);
    (void)err;
    decoder->buffer = cs_malloc(decoder->handle);
    assert(decoder->buffer);
}

void insn_decoder_destroy(struct insn_decoder *decoder)
{
    if (!decoder)
        return;
    if (decoder->buffer) {
        cs_free(decoder->buffer, 1);
        cs_close(&decoder->handle);
    }
    free(decoder);
}

static enum insn_kind kind_of_id(unsigned id)
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
    case X86_INS_UD1:
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

// The kinds of opcodes without an escape byte. `reg` extends those with a ModRM byte.
static enum insn_kind kind_of_one(uint8_t opcode, uint8_t reg)
{
    if (opcode >= 0x70 && opcode <= 0x7f)
        return INSN_BRANCH;
    switch (opcode) {
    case 0xe0: // loopne
    case 0xe1: // loope
    case 0xe2: // loop
    case 0xe3: // jrcxz
        return INSN_BRANCH;
    case 0xe8:
        return INSN_CALL;
    case 0xe9:
    case 0xeb:
        return INSN_JUMP;
    case 0xc2:
    case 0xc3:
    case 0xca:
    case 0xcb:
    case 0xcf: // iret
        return INSN_RETURN;
    case 0xcd: // int
        return INSN_SYSCALL;
    case 0xcc: // int3
    case 0xf1: // int1
    case 0xf4: // hlt
        return INSN_STOP;
    case 0xff:
        if (reg == 2 || reg == 3)
            return INSN_CALL;
        return reg == 4 || reg == 5 ? INSN_JUMP : INSN_PLAIN;
    default:
        return INSN_PLAIN;
    }
}

// The kinds of opcodes behind 0f.
static enum insn_kind kind_of_0f(uint8_t opcode)
{
    if (opcode >= 0x80 && opcode <= 0x8f)
        return INSN_BRANCH;
    switch (opcode) {
    case 0x05: // syscall
    case 0x34: // sysenter
        return INSN_SYSCALL;
    case 0x07: // sysret
    case 0x35: // sysexit
        return INSN_RETURN;
    case 0x0b: // ud2
    case 0xb9: // ud1
    case 0xff: // ud0
        return INSN_STOP;
    default:
        return INSN_PLAIN;
    }
}

// @source Intel SDM volume 2, appendix A
static enum insn_kind kind_of(const struct encoding *encoding)
{
    if (encoding->vector)
        return INSN_PLAIN;
    // xbegin: an abort goes to its target.
    if (encoding->map == ENCODING_MAP_ONE && encoding->opcode == 0xc7 && (encoding->reg & 7) == 7)
        return INSN_BRANCH;
    if (encoding->map == ENCODING_MAP_ONE)
        return kind_of_one(encoding->opcode, encoding->reg & 7);
    return encoding->map == ENCODING_MAP_0F ? kind_of_0f(encoding->opcode) : INSN_PLAIN;
}

// Whether the target is the immediate: indirect jumps and calls have none, returns tell a size by it.
static bool has_target(enum insn_kind kind, const struct encoding *encoding)
{
    bool jumps = kind == INSN_JUMP || kind == INSN_BRANCH || kind == INSN_CALL;

    return jumps && encoding->immediate_size;
}

bool insn_decode_slowly(struct insn_decoder *decoder, const uint8_t *code, size_t size,
                        uint64_t addr, struct insn *ret)
{
    if (!decoder->buffer)
        open_capstone(decoder);
    if (!cs_disasm_iter(decoder->handle, &code, &size, &addr, decoder->buffer))
        return false;
    const cs_insn *found = decoder->buffer;
    *ret = (struct insn){
        .addr = found->address,
        .size = (uint8_t)found->size,
        .kind = kind_of_id(found->id),
    };
    bool jumps = ret->kind == INSN_JUMP || ret->kind == INSN_BRANCH || ret->kind == INSN_CALL;
    // Without details the operand is there as text only; a direct target is a number.
    if (jumps && isdigit((unsigned char)found->op_str[0])) {
        ret->has_target = true;
        ret->target = strtoull(found->op_str, NULL, 0);
    }
    return true;
}

bool insn_decode(struct insn_decoder *decoder, const uint8_t *code, size_t size, uint64_t addr,
                 struct insn *ret)
{
    struct encoding encoding;

    if (!encoding_parse(code, size, &encoding))
        return insn_decode_slowly(decoder, code, size, addr, ret);
    *ret = (struct insn){.addr = addr, .size = encoding.size, .kind = kind_of(&encoding)};
    if (has_target(ret->kind, &encoding)) {
        ret->has_target = true;
        ret->target = addr + encoding.size + (uint64_t)encoding.immediate;
    }
    return true;
}
