#include "code/flags.h"

#include <stdlib.h>

#include "base/mem.h"

static bool between(uint8_t value, uint8_t low, uint8_t high)
{
    return value >= low && value <= high;
}

/** Whether a condition looks at one of the five: all do but those of CF alone. */
static bool condition_reads(uint8_t opcode)
{
    return (opcode & 0xe) != 2;
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

static enum flags_effect effect_of_one(const struct encoding *e)
{
    uint8_t op = e->opcode;
    bool fcmov = (op == 0xda || op == 0xdb) && !e->has_memory && (e->reg & 7) < 4;
    bool test = op == 0x84 || op == 0x85 || op == 0xa8 || op == 0xa9;
    bool imul = op == 0x69 || op == 0x6b;
    if (between(op, 0x70, 0x7f))
        return condition_reads(op) ? FLAGS_READ : FLAGS_KEPT;
    // pushf, lahf, loopne, loope; what traps shows them to the one who handles it.
    if (op == 0x9c || op == 0x9f || op == 0xe0 || op == 0xe1 || fcmov || op == 0xcc || op == 0xcd ||
        op == 0xf1)
        return FLAGS_READ;
    return is_plain_arithmetic(op) || test || imul || group_writes(e) ? FLAGS_WRITTEN : FLAGS_KEPT;
}

static enum flags_effect effect_of_0f(const struct encoding *e)
{
    uint8_t op = e->opcode;
    bool conditional = between(op, 0x40, 0x4f) || between(op, 0x80, 0x9f);
    if (op == 0x2e || op == 0x2f) // ucomis, comis
        return FLAGS_WRITTEN;
    if (e->vector)
        return FLAGS_KEPT;
    if (conditional)
        return condition_reads(op) ? FLAGS_READ : FLAGS_KEPT;
    if (op == 0x05 || op == 0x34) // syscall, sysenter: the kernel sees them
        return FLAGS_READ;
    return op == 0xaf ? FLAGS_WRITTEN : FLAGS_KEPT; // imul
}

/** @source Intel SDM volume 1, appendix A.2 */
enum flags_effect flags_effect_of(const struct encoding *encoding)
{
    if (encoding->map == ENCODING_MAP_0F)
        return effect_of_0f(encoding);
    if (encoding->vector)
        return FLAGS_KEPT;
    if (encoding->map == ENCODING_MAP_ONE)
        return effect_of_one(encoding);
    bool adx = encoding->map == ENCODING_MAP_0F38 && encoding->opcode == 0xf6; // adcx, adox
    return adx ? FLAGS_READ : FLAGS_KEPT;
}

static const uint8_t *bytes_at(const struct flow_source *source, uint64_t addr)
{
    for (size_t i = 0; i < source->part_count; i++)
        if (addr >= source->parts[i].addr && addr - source->parts[i].addr < source->parts[i].size)
            return source->parts[i].bytes + (addr - source->parts[i].addr);
    return NULL;
}

static enum flags_effect effect_at(const struct flow_source *source, const struct insn *insn)
{
    struct encoding encoding;
    const uint8_t *bytes = bytes_at(source, insn->addr);
    if (insn->kind == INSN_CALL || insn->kind == INSN_RETURN)
        return FLAGS_WRITTEN;
    if (!bytes || !encoding_parse(bytes, insn->size, &encoding))
        return FLAGS_READ;
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

/** Whether they are live at the end of a block, or behind the hub, as far as is known. */
static bool live_behind(const struct flow *flow, uint32_t node, const bool *live_in)
{
    struct graph_span out = graph_out(&flow->graph, node);
    for (uint32_t i = 0; i < out.count; i++) {
        uint32_t edge = out.edges[i], to = flow->graph.edges[edge].to;
        if (flow->edges[edge].kind == FLOW_EDGE_LANDING)
            continue;
        if (to == flow->exit ? live_on_leaving(flow, edge) : live_in[to])
            return true;
    }
    return false;
}

/** Go through a block from its end. Returns whether they are live at its start. */
static bool walk_back(const struct flow *flow, const enum flags_effect *effects, uint32_t block,
                      bool live, bool *ret)
{
    for (uint32_t i = flow->blocks[block].end; i > flow->blocks[block].first; i--) {
        if (effects[i - 1] != FLAGS_KEPT)
            live = effects[i - 1] == FLAGS_READ;
        ret[i - 1] = live;
    }
    return live;
}

bool *flags_live(const struct flow *flow, const struct flow_source *source)
{
    bool *live = mem_alloc_array(flow->insn_count + 1u, sizeof *live);
    bool *live_in = mem_alloc_array(flow->graph.node_count + 1u, sizeof *live_in);
    enum flags_effect *effects = mem_alloc_array(flow->insn_count + 1u, sizeof *effects);
    for (uint32_t i = 0; i < flow->insn_count; i++)
        effects[i] = effect_at(source, &flow->insns[i].insn);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t block = flow->block_count; block > 0; block--) {
            bool now =
                walk_back(flow, effects, block - 1, live_behind(flow, block - 1, live_in), live);
            changed |= now != live_in[block - 1];
            live_in[block - 1] = now;
        }
        bool hub = live_behind(flow, flow->hub, live_in);
        changed |= hub != live_in[flow->hub];
        live_in[flow->hub] = hub;
    }
    free(effects);
    free(live_in);
    return live;
}
