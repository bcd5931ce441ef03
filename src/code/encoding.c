/*
 * An instruction is: legacy prefixes, then REX and escape bytes or a VEX or EVEX prefix, the opcode,
 * ModRM with SIB and displacement, and an immediate. Which of the last parts are there depends on the
 * opcode alone (and, for test and mov of absolute addresses, on one more field), so a few ranges say it.
 */
#include "code/encoding.h"

#include "base/cursor.h"

/** What the prefixes say, while an instruction is read. */
struct prefixes {
    bool operand_16; ///< 0x66
    bool address_32; ///< 0x67
    uint8_t repeat;  ///< 0xf2, 0xf3 or 0
    uint8_t rex;
};

static bool between(uint8_t value, uint8_t first, uint8_t last)
{
    return value >= first && value <= last;
}

/** Whether the byte is a legacy prefix; then it is noted. */
static bool legacy_prefix(uint8_t byte, struct prefixes *prefixes)
{
    switch (byte) {
    case 0x66:
        prefixes->operand_16 = true;
        return true;
    case 0x67:
        prefixes->address_32 = true;
        return true;
    case 0xf2:
    case 0xf3:
        prefixes->repeat = byte;
        return true;
    case 0x26: // segments
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case 0xf0: // lock
        return true;
    default:
        return false;
    }
}

/** Whether an opcode without escape has a ModRM byte. */
static bool one_has_modrm(uint8_t op)
{
    if (op < 0x40)
        return (op & 7) < 4;
    return op == 0x63 || op == 0x69 || op == 0x6b || between(op, 0x80, 0x8f) ||
           between(op, 0xc0, 0xc1) || between(op, 0xc6, 0xc7) || between(op, 0xd0, 0xd3) ||
           between(op, 0xd8, 0xdf) || between(op, 0xf6, 0xf7) || op == 0xfe || op == 0xff;
}

/** Opcodes that 64-bit mode does not have. */
static bool one_is_invalid(uint8_t op)
{
    return (op < 0x40 && (op & 7) >= 6) || between(op, 0x60, 0x62) || op == 0x82 || op == 0x9a ||
           between(op, 0xc4, 0xc5) || op == 0xce || between(op, 0xd4, 0xd6) || op == 0xea;
}

/** Bytes of immediate of an opcode without escape; `z` is that of a full operand (2 or 4). */
static uint8_t one_immediate(const struct encoding *e, uint8_t z, bool address_32)
{
    uint8_t op = e->opcode;
    if (op < 0x40)
        return (op & 7) == 4 ? 1 : (op & 7) == 5 ? z : 0;
    if (between(op, 0xa0, 0xa3))
        return address_32 ? 4 : 8;
    if (between(op, 0xb8, 0xbf))
        return e->wide ? 8 : z;
    if (op == 0xf6 || op == 0xf7)
        return (e->reg & 7) > 1 ? 0 : op == 0xf6 ? 1 : z;
    if (op == 0x68 || op == 0x69 || op == 0x81 || op == 0xa9 || op == 0xc7)
        return z;
    if (op == 0xe8 || op == 0xe9)
        return 4;
    if (op == 0xc2 || op == 0xca)
        return 2;
    if (op == 0xc8)
        return 3;
    bool byte = op == 0x6a || op == 0x6b || between(op, 0x70, 0x80) || op == 0x83 || op == 0xa8 ||
                between(op, 0xb0, 0xb7) || between(op, 0xc0, 0xc1) || op == 0xc6 || op == 0xcd ||
                between(op, 0xe0, 0xe7) || op == 0xeb;
    return byte ? 1 : 0;
}

/** Whether an opcode behind 0f has a ModRM byte. */
static bool two_has_modrm(uint8_t op, bool vector)
{
    if (vector)
        return op != 0x77;
    return !(between(op, 0x05, 0x0b) || op == 0x0e || between(op, 0x30, 0x37) || op == 0x77 ||
             between(op, 0x80, 0x8f) || between(op, 0xa0, 0xa2) || between(op, 0xa8, 0xaa) ||
             between(op, 0xc8, 0xcf));
}

/** Bytes of immediate of an opcode behind 0f. */
static uint8_t two_immediate(uint8_t op)
{
    if (between(op, 0x80, 0x8f))
        return 4;
    bool byte = op == 0x0f || between(op, 0x70, 0x73) || op == 0xa4 || op == 0xac || op == 0xba ||
                op == 0xc2 || between(op, 0xc4, 0xc6);
    return byte ? 1 : 0;
}

/** Read the SIB byte and set base and index. */
static void read_sib(struct cursor *in, uint8_t mod, uint8_t rex, struct encoding *e)
{
    uint8_t sib = cursor_u8(in);
    uint8_t index = (uint8_t)((sib >> 3 & 7) | (rex & 2) << 2);
    e->scale = (uint8_t)(1 << (sib >> 6));
    e->index = index == 4 ? ENCODING_NO_REGISTER : index;
    e->base = (uint8_t)((sib & 7) | (rex & 1) << 3);
    if ((sib & 7) == 5 && mod == 0) {
        e->base = ENCODING_NO_REGISTER;
        e->disp_size = 4;
    }
}

/** Read a ModRM byte and what belongs to it. */
static void read_modrm(struct cursor *in, const uint8_t *code, uint8_t rex, struct encoding *e)
{
    uint8_t modrm = cursor_u8(in);
    uint8_t mod = modrm >> 6, rm = modrm & 7;
    e->has_modrm = true;
    e->reg = (uint8_t)((modrm >> 3 & 7) | (rex & 4) << 1);
    e->rm = (uint8_t)(rm | (rex & 1) << 3);
    if (mod == 3)
        return;
    e->has_memory = true;
    e->base = e->rm;
    e->scale = 1;
    e->disp_size = mod == 1 ? 1 : mod == 2 ? 4 : 0;
    if (rm == 4) {
        read_sib(in, mod, rex, e);
    } else if (rm == 5 && mod == 0) {
        e->base = ENCODING_RIP;
        e->disp_size = 4;
    }
    e->disp_at = (uint8_t)(in->pos - code);
    if (e->disp_size == 1)
        e->disp = (int8_t)cursor_u8(in);
    else if (e->disp_size == 4)
        e->disp = (int32_t)cursor_u32(in);
}

/** Read a sign-extended immediate; the sizes that are no power of two are passed over. */
static void read_immediate(struct cursor *in, struct encoding *e)
{
    switch (e->immediate_size) {
    case 1:
        e->immediate = (int8_t)cursor_u8(in);
        break;
    case 2:
        e->immediate = (int16_t)cursor_u16(in);
        break;
    case 4:
        e->immediate = (int32_t)cursor_u32(in);
        break;
    case 8:
        e->immediate = (int64_t)cursor_u64(in);
        break;
    default:
        cursor_skip(in, e->immediate_size);
    }
}

static const uint8_t vector_prefixes[] = {0, 0x66, 0xf3, 0xf2};

/** Read a VEX prefix behind its first byte. False when its map is none. */
static bool read_vex(struct cursor *in, bool three_bytes, uint8_t *rex, struct encoding *e)
{
    uint8_t first = cursor_u8(in), last = first;
    uint8_t map = 1;
    *rex = (first & 0x80) ? 0 : 4;
    if (three_bytes) {
        map = first & 0x1f;
        last = cursor_u8(in);
        *rex = (uint8_t)(~first >> 5 & 7);
        e->wide = last >> 7;
    }
    e->vector = true;
    e->map = (enum encoding_map)map;
    e->prefix = vector_prefixes[last & 3];
    return between(map, 1, 3);
}

/** Read an EVEX prefix behind its first byte. */
static bool read_evex(struct cursor *in, uint8_t *rex, struct encoding *e)
{
    uint8_t first = cursor_u8(in), second = cursor_u8(in);
    cursor_u8(in);
    uint8_t map = first & 7;
    *rex = (uint8_t)(~first >> 5 & 7);
    e->wide = second >> 7;
    e->vector = true;
    e->map = (enum encoding_map)map;
    e->prefix = vector_prefixes[second & 3];
    return map != 0 && map != 4 && map != 7 && (second & 4);
}

/** Read escape bytes and the opcode behind legacy prefixes and REX. */
static void read_opcode(struct cursor *in, uint8_t first, struct encoding *e)
{
    e->opcode = first;
    if (first != 0x0f)
        return;
    e->map = ENCODING_MAP_0F;
    e->opcode = cursor_u8(in);
    if (e->opcode != 0x38 && e->opcode != 0x3a)
        return;
    e->map = e->opcode == 0x38 ? ENCODING_MAP_0F38 : ENCODING_MAP_0F3A;
    e->opcode = cursor_u8(in);
}

/** Read the opcode in whatever way the prefixes introduce it. */
static bool read_head(struct cursor *in, struct prefixes *prefixes, struct encoding *e)
{
    uint8_t byte = cursor_u8(in);
    while (!in->failed && legacy_prefix(byte, prefixes))
        byte = cursor_u8(in);
    if (byte == 0xc4 || byte == 0xc5 || byte == 0x62) {
        bool known = byte == 0x62 ? read_evex(in, &prefixes->rex, e)
                                  : read_vex(in, byte == 0xc4, &prefixes->rex, e);
        e->opcode = cursor_u8(in);
        return known && !prefixes->operand_16 && !prefixes->repeat;
    }
    if ((byte & 0xf0) == 0x40) {
        prefixes->rex = byte;
        e->wide = byte & 8;
        byte = cursor_u8(in);
    }
    e->prefix = prefixes->repeat ? prefixes->repeat : prefixes->operand_16 ? 0x66 : 0;
    read_opcode(in, byte, e);
    return e->map != ENCODING_MAP_ONE || !one_is_invalid(e->opcode);
}

static bool has_modrm(const struct encoding *e)
{
    if (e->map == ENCODING_MAP_ONE)
        return one_has_modrm(e->opcode);
    return e->map != ENCODING_MAP_0F || two_has_modrm(e->opcode, e->vector);
}

static uint8_t immediate_size(const struct encoding *e, const struct prefixes *prefixes)
{
    if (e->map == ENCODING_MAP_ONE)
        return one_immediate(e, prefixes->operand_16 && !e->wide ? 2 : 4, prefixes->address_32);
    if (e->map == ENCODING_MAP_0F)
        return two_immediate(e->opcode);
    return e->map == ENCODING_MAP_0F3A ? 1 : 0;
}

/**
 * A direct branch with an operand-size prefix that REX.W does not override has 2 bytes of displacement
 * on some processors and 4 on others; a pop (8f) with a large map number is one of AMD's XOP.
 */
static bool is_ambiguous(const struct encoding *e, const struct prefixes *prefixes)
{
    bool short_operand = prefixes->operand_16 && !e->wide;
    if (e->map == ENCODING_MAP_0F)
        return !e->vector && between(e->opcode, 0x80, 0x8f) && short_operand;
    if (e->map != ENCODING_MAP_ONE)
        return false;
    bool branch = e->opcode == 0xe8 || e->opcode == 0xe9;
    return (branch && short_operand) || (e->opcode == 0x8f && (e->reg & 7) != 0);
}

bool encoding_parse(const uint8_t *code, size_t size, struct encoding *ret)
{
    const size_t longest = 15;
    struct cursor in = cursor_make(code, size < longest ? size : longest);
    struct prefixes prefixes = {0};
    struct encoding e = {.base = ENCODING_NO_REGISTER, .index = ENCODING_NO_REGISTER};
    if (!read_head(&in, &prefixes, &e))
        return false;
    if (has_modrm(&e))
        read_modrm(&in, code, prefixes.rex, &e);
    else
        e.rm = (uint8_t)((e.opcode & 7) | (prefixes.rex & 1) << 3);
    e.immediate_size = immediate_size(&e, &prefixes);
    read_immediate(&in, &e);
    if (in.failed || is_ambiguous(&e, &prefixes))
        return false;
    e.size = (uint8_t)(in.pos - code);
    *ret = e;
    return true;
}

bool encoding_is_nop(const struct encoding *encoding)
{
    if (encoding->vector)
        return false;
    if (encoding->map == ENCODING_MAP_ONE)
        return encoding->opcode == 0x90 && encoding->rm == 0 && encoding->prefix != 0xf3; // pause
    return encoding->map == ENCODING_MAP_0F && encoding->opcode == 0x1f;
}

/** The instructions that touch memory without naming it. @source Intel SDM, appendix A, table A-2 */
static bool touches_unnamed_memory(const struct encoding *e)
{
    if (e->vector)
        return false;
    if (e->map == ENCODING_MAP_0F)
        return between(e->opcode, 0xa0, 0xa1) || between(e->opcode, 0xa8, 0xa9); // push, pop fs, gs
    if (e->map != ENCODING_MAP_ONE)
        return false;
    if (e->opcode == 0xff)
        return (e->reg & 7) == 2 || (e->reg & 7) == 6; // call, push
    return between(e->opcode, 0x50, 0x5f) ||           // push, pop
           e->opcode == 0x68 || e->opcode == 0x6a ||   // push
           between(e->opcode, 0x6c, 0x6f) ||           // ins, outs
           between(e->opcode, 0x9c, 0x9d) ||           // pushf, popf
           between(e->opcode, 0xa0, 0xa7) ||           // mov, movs, cmps
           between(e->opcode, 0xaa, 0xaf) ||           // stos, lods, scas
           between(e->opcode, 0xc2, 0xc3) ||           // ret
           between(e->opcode, 0xc8, 0xcf) ||           // enter, leave, far ret, int, iret
           e->opcode == 0xd7 || e->opcode == 0xe8;     // xlat, call
}

bool encoding_touches_memory(const struct encoding *encoding)
{
    if (encoding_is_nop(encoding))
        return false;
    if (encoding->has_memory) // lea computes an address only
        return encoding->map != ENCODING_MAP_ONE || encoding->opcode != 0x8d || encoding->vector;
    return touches_unnamed_memory(encoding);
}

bool encoding_is_conditional_move(const struct encoding *encoding)
{
    return encoding->map == ENCODING_MAP_0F && !encoding->vector &&
           between(encoding->opcode, 0x40, 0x4f);
}

/** Arithmetic behind 0f: the float operations, then the integer ones, which have the prefix 66. */
static bool is_packed_0f(const struct encoding *e)
{
    uint8_t op = e->opcode;
    if (op == 0x51 || between(op, 0x58, 0x5f))
        return op != 0x5a;
    if (e->prefix != 0x66)
        return false;
    bool compare = between(op, 0x64, 0x66) || between(op, 0x74, 0x76);
    bool shift = between(op, 0x71, 0x72) || between(op, 0xd1, 0xd3) || between(op, 0xe1, 0xe2) ||
                 between(op, 0xf1, 0xf3);
    bool logic = op == 0xdb || op == 0xdf || op == 0xeb || op == 0xef;
    bool move = op == 0xd6 || op == 0xd7 || op == 0xe6 || op == 0xe7 || op == 0xf0 || op == 0xf7;
    return compare || shift || (op >= 0xd1 && op != 0xff && !logic && !move);
}

/** Arithmetic behind 0f 38: integers, and the fused multiply-adds, whose odd opcodes are scalar. */
static bool is_packed_0f38(const struct encoding *e)
{
    uint8_t op = e->opcode;
    if (e->prefix != 0x66)
        return false;
    bool fused = e->vector && op >= 0x96 && op <= 0xbf && (op & 15) >= 6;
    if (fused)
        return (op & 15) <= 8 || !(op & 1);
    return between(op, 0x01, 0x0b) || between(op, 0x1c, 0x1e) || between(op, 0x28, 0x29) ||
           between(op, 0x37, 0x40) || (e->vector && between(op, 0x45, 0x47));
}

bool encoding_is_packed_arithmetic(const struct encoding *encoding)
{
    if (encoding->prefix == 0xf2 || encoding->prefix == 0xf3)
        return false;
    if (encoding->map == ENCODING_MAP_0F)
        return is_packed_0f(encoding);
    return encoding->map == ENCODING_MAP_0F38 && is_packed_0f38(encoding);
}
