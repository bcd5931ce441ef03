#include "rewrite/hazards.h"

#include <inttypes.h>
#include <string.h>

#include "code/encoding.h"
#include "code/flags.h"

// What marks the handlers of restartable sequences on x86-64. @source rseq(2), RSEQ_SIG
static const uint8_t rseq_mark[] = {0x53, 0x30, 0x05, 0x53};

static bool is_prefix(uint8_t byte)
{
    return byte == 0x66 || byte == 0x67 || byte == 0xf2 || byte == 0xf3 || byte == 0xf0 ||
           byte == 0x2e || byte == 0x36 || byte == 0x3e || byte == 0x26 || byte == 0x64 ||
           byte == 0x65;
}

static bool has_prefix(const uint8_t *bytes, uint8_t wanted)
{
    while (is_prefix(*bytes))
        if (*bytes++ == wanted)
            return true;
    return false;
}

// What a direct jump is without prefixes [bytes].
static unsigned plain_size(const struct encoding *e)
{
    return (e->map == ENCODING_MAP_0F ? 2u : 1u) + e->immediate_size;
}

// Branch hints and `bnd` change nothing; more is not expected.
static bool check_jump(struct copy *copy, const struct insn *insn, const struct encoding *e,
                       const uint8_t *bytes)
{
    bool loop = e->map == ENCODING_MAP_ONE && e->opcode >= 0xe0 && e->opcode <= 0xe3;
    bool xbegin = e->map == ENCODING_MAP_ONE && e->opcode == 0xc7;
    unsigned before = insn->size - plain_size(e);

    if (xbegin)
        return copy_refuse(copy, "it starts a transaction at 0x%" PRIx64, insn->addr);
    bool known = before == 0 ||
                 (before == 1 && (bytes[0] == 0x2e || bytes[0] == 0x3e || bytes[0] == 0xf2)) ||
                 (before == 1 && loop && bytes[0] == 0x67);
    if (!known)
        return copy_refuse(copy, "the jump at 0x%" PRIx64 " has an unusual prefix", insn->addr);
    return true;
}

static bool is_far(const struct encoding *e)
{
    uint8_t op = e->opcode;

    if (e->map == ENCODING_MAP_0F)
        return !e->vector && (op == 0x07 || op == 0x35); // sysret, sysexit
    return e->map == ENCODING_MAP_ONE && (op == 0xca || op == 0xcb || op == 0xcf || // retf, iret
                                          (op == 0xff && ((e->reg & 7) == 3 || (e->reg & 7) == 5)));
}

static bool check_insn(struct copy *copy, uint32_t i)
{
    const struct insn *insn = copy_insn(copy, i);
    struct encoding e;
    size_t size;
    const uint8_t *bytes = copy_bytes_at(copy, insn->addr, &size);

    if (!bytes || !encoding_parse(bytes, insn->size, &e) || e.size != insn->size)
        return copy_refuse(copy, "the instruction at 0x%" PRIx64 " is not known", insn->addr);
    if (is_far(&e))
        return copy_refuse(copy, "it changes segments at 0x%" PRIx64, insn->addr);
    if (e.base == ENCODING_RIP && has_prefix(bytes, 0x67))
        return copy_refuse(copy, "the instruction at 0x%" PRIx64 " has a 32-bit address",
                           insn->addr);
    if (insn->has_target && insn->kind != INSN_CALL)
        return check_jump(copy, insn, &e, bytes);
    return true;
}

// A caller that wants flags back from what it calls relies on code that we do not see. Only within the
// block: behind its end may be what is reached by jumps alone, as the call does not return.
static bool check_call(struct copy *copy, uint32_t call)
{
    const struct flow *flow = copy->function->flow;
    const struct flow_insn *insns = flow->insns;

    if (insns[call].insn.kind != INSN_CALL)
        return true;
    uint8_t unwritten = FLAGS_ALL;
    for (uint32_t i = call + 1; i < flow->blocks[insns[call].block].end && copy->live[i]; i++) {
        struct encoding e;
        size_t size;
        const uint8_t *bytes = copy_bytes_at(copy, insns[i].insn.addr, &size);
        if (!bytes || !encoding_parse(bytes, insns[i].insn.size, &e) ||
            insns[i].insn.kind == INSN_CALL)
            break;
        struct flags_effect effect = flags_effect_of(&e);
        if (effect.read & unwritten)
            return copy_refuse(copy, "the call at 0x%" PRIx64 " gives back flags",
                               insns[call].insn.addr);
        unwritten &= (uint8_t)~effect.written;
    }
    return true;
}

static bool check_bytes(struct copy *copy)
{
    const struct flow_source *source = copy->function->source;

    for (size_t i = 0; i < source->part_count; i++)
        if (memmem(source->parts[i].bytes, source->parts[i].size, rseq_mark, sizeof rseq_mark))
            return copy_refuse(copy, "it has a restartable sequence");
    return true;
}

static bool check_entries(struct copy *copy)
{
    const struct flow *flow = copy->function->flow;

    for (size_t i = 0; i < copy->function->entry_count; i++) {
        uint64_t addr = copy->function->entries[i];
        uint32_t insn = flow_insn_at(flow, addr);
        if (insn == FLOW_NONE || flow->insns[insn].block == FLOW_NONE ||
            flow->blocks[flow->insns[insn].block].first != insn)
            return copy_refuse(copy, "another function jumps into its middle, to 0x%" PRIx64, addr);
    }
    return true;
}

bool hazards_check(struct copy *copy)
{
    const struct flow *flow = copy->function->flow;

    for (uint32_t i = 0; i < flow->insn_count; i++)
        if (flow->insns[i].block != FLOW_NONE && (!check_insn(copy, i) || !check_call(copy, i)))
            return false;
    return check_bytes(copy) && check_entries(copy);
}
