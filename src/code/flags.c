#include "code/flags.h"

#include <stdlib.h>

#include "base/mem.h"

static bool between(uint8_t value, uint8_t low, uint8_t high)
{
    return value >= low && value <= high;
}

static const struct flags_effect keeps = {0, 0};
static const struct flags_effect reads = {FLAGS_ALL, 0};
static const struct flags_effect writes = {0, FLAGS_ALL};

/** What a condition looks at, by the low bits of its opcode: o, b, z, be, s, p, l, le. */
static struct flags_effect condition(uint8_t opcode)
{
    static const uint8_t read[8] = {
        FLAG_OF, 0,       FLAG_ZF,           FLAG_ZF,
        FLAG_SF, FLAG_PF, FLAG_SF | FLAG_OF, FLAG_SF | FLAG_OF | FLAG_ZF,
    };
    return (struct flags_effect){read[opcode >> 1 & 7], 0};
}

/** The arithmetic of opcodes 00 to 3d: add or adc sbb and sub xor cmp. adc and sbb read CF only. */
static bool is_plain_arithmetic(uint8_t opcode)
{
    return opcode < 0x40 && (opcode & 7) < 6;
}

/** Opcodes of one byte that a field of the ModRM byte extends. */
static bool group_writes(const struct encoding *e)
{
    uint8_t which = e->reg & 7;
    switch (e->opcode) {
    case 0x80:
    case 0x81:
    case 0x83:
        return true;
    case 0xf6: // test test not neg mul imul div idiv
    case 0xf7:
        return which != 2 && which < 6;
    case 0xfe: // inc dec
    case 0xff:
        return which < 2;
    default:
        return false;
    }
}

/** A shift by a number that is not 0. Rotations write two flags only; a shift by cl may be by 0. */
static bool is_shift(const struct encoding *e)
{
    if ((e->reg & 7) < 4)
        return false;
    if (e->opcode == 0xd0 || e->opcode == 0xd1)
        return true;
    return (e->opcode == 0xc0 || e->opcode == 0xc1) && (e->immediate & (e->wide ? 0x3f : 0x1f));
}

/** The x87: fcmov reads, fcomi and its like write. */
static struct flags_effect effect_of_float(const struct encoding *e)
{
    uint8_t which = e->reg & 7;
    if (e->has_memory)
        return keeps;
    if ((e->opcode == 0xda || e->opcode == 0xdb) && which < 4)
        return reads;
    bool compares = (e->opcode == 0xdb || e->opcode == 0xdf) && (which == 5 || which == 6);
    return compares ? (struct flags_effect){0, FLAG_ZF | FLAG_PF} : keeps;
}

static struct flags_effect effect_of_one(const struct encoding *e)
{
    uint8_t op = e->opcode;
    bool test = op == 0x84 || op == 0x85 || op == 0xa8 || op == 0xa9;
    bool imul = op == 0x69 || op == 0x6b;
    if (between(op, 0x70, 0x7f))
        return condition(op);
    if (between(op, 0xd8, 0xdf))
        return effect_of_float(e);
    // pushf, lahf, loopne, loope; what traps shows them to the one who handles it.
    if (op == 0x9c || op == 0x9f || op == 0xe0 || op == 0xe1 || op == 0xcc || op == 0xcd ||
        op == 0xf1)
        return reads;
    return is_plain_arithmetic(op) || test || imul || group_writes(e) || is_shift(e) ? writes
                                                                                     : keeps;
}

static struct flags_effect effect_of_0f(const struct encoding *e)
{
    uint8_t op = e->opcode;
    if (op == 0x2e || op == 0x2f) // ucomis, comis
        return writes;
    if (e->vector)
        return keeps;
    if (between(op, 0x40, 0x4f) || between(op, 0x80, 0x9f))
        return condition(op);
    if (op == 0x05 || op == 0x34) // syscall, sysenter: the kernel sees them
        return reads;
    // imul, cmpxchg, xadd
    return op == 0xaf || between(op, 0xb0, 0xb1) || between(op, 0xc0, 0xc1) ? writes : keeps;
}

static struct flags_effect effect_of_0f38(const struct encoding *e)
{
    bool ptest = e->opcode == 0x17 && e->prefix == 0x66;
    bool adx = e->opcode == 0xf6 && !e->vector; // adcx, adox
    return adx ? reads : ptest ? writes : keeps;
}

/** @source Intel SDM volume 1, appendix A.2 */
struct flags_effect flags_effect_of(const struct encoding *encoding)
{
    if (encoding->map == ENCODING_MAP_0F)
        return effect_of_0f(encoding);
    if (encoding->map == ENCODING_MAP_0F38)
        return effect_of_0f38(encoding);
    return encoding->map == ENCODING_MAP_ONE && !encoding->vector ? effect_of_one(encoding) : keeps;
}

static const uint8_t *bytes_at(const struct flow_source *source, uint64_t addr)
{
    for (size_t i = 0; i < source->part_count; i++)
        if (addr >= source->parts[i].addr && addr - source->parts[i].addr < source->parts[i].size)
            return source->parts[i].bytes + (addr - source->parts[i].addr);
    return NULL;
}

static struct flags_effect effect_at(const struct flow_source *source, const struct insn *insn)
{
    struct encoding encoding;
    const uint8_t *bytes = bytes_at(source, insn->addr);
    if (insn->kind == INSN_CALL || insn->kind == INSN_RETURN)
        return writes;
    if (!bytes || !encoding_parse(bytes, insn->size, &encoding))
        return reads;
    return flags_effect_of(&encoding);
}

/** Whether they are live where a block leaves the function. */
static bool live_on_leaving(const struct flow *flow, uint32_t edge)
{
    uint32_t insn = flow->edges[edge].insn;
    if (insn == FLOW_NONE)
        return true;
    const struct insn *leaving = &flow->insns[insn].insn;
    bool jumps = leaving->kind == INSN_JUMP;
    return leaving->kind != INSN_RETURN && leaving->kind != INSN_STOP &&
           !(jumps && !leaving->has_target);
}

/** The flags live at the end of a block, or behind the hub, as far as is known. */
static uint8_t live_behind(const struct flow *flow, uint32_t node, const uint8_t *live_in)
{
    struct graph_span out = graph_out(&flow->graph, node);
    uint8_t live = 0;
    for (uint32_t i = 0; i < out.count; i++) {
        uint32_t edge = out.edges[i], to = flow->graph.edges[edge].to;
        if (flow->edges[edge].kind == FLOW_EDGE_LANDING)
            continue;
        if (to != flow->exit)
            live |= live_in[to];
        else if (live_on_leaving(flow, edge))
            live |= FLAGS_ALL;
    }
    return live;
}

/** Go through a block from its end. Returns the flags live at its start. */
static uint8_t walk_back(const struct flow *flow, const struct flags_effect *effects,
                         uint32_t block, uint8_t live, bool *ret)
{
    for (uint32_t i = flow->blocks[block].end; i > flow->blocks[block].first; i--) {
        live = (uint8_t)((live & ~effects[i - 1].written) | effects[i - 1].read);
        ret[i - 1] = live != 0;
    }
    return live;
}

bool *flags_live(const struct flow *flow, const struct flow_source *source)
{
    bool *live = mem_alloc_array(flow->insn_count + 1u, sizeof *live);
    uint8_t *live_in = mem_alloc_array(flow->graph.node_count + 1u, sizeof *live_in);
    struct flags_effect *effects = mem_alloc_array(flow->insn_count + 1u, sizeof *effects);
    for (uint32_t i = 0; i < flow->insn_count; i++)
        effects[i] = effect_at(source, &flow->insns[i].insn);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t block = flow->block_count; block > 0; block--) {
            uint8_t now =
                walk_back(flow, effects, block - 1, live_behind(flow, block - 1, live_in), live);
            changed |= now != live_in[block - 1];
            live_in[block - 1] = now;
        }
        uint8_t hub = live_behind(flow, flow->hub, live_in);
        changed |= hub != live_in[flow->hub];
        live_in[flow->hub] = hub;
    }
    free(effects);
    free(live_in);
    return live;
}
