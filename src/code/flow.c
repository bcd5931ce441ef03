/*
 * Instructions are decoded one behind the other through every part. That is sound where every place
 * that control can come to is the start of one of them, which is checked for each target: data between
 * the instructions, or an overlapping second reading of them, would break it and is refused.
 */
#include "code/flow.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "code/encoding.h"

/** A flow while it is made. */
struct building {
    const struct flow_source *source;
    struct flow *flow;
    struct flow_doubt *doubt;
    bool *targeted; ///< Per instruction: control comes to it from somewhere else.
    size_t insn_capacity;
    size_t block_capacity;
    size_t edge_capacity;
};

/** Say why the flow is not sure. Always false. */
__attribute__((format(printf, 2, 3))) static bool refuse(struct building *b, const char *format,
                                                         ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(b->doubt->reason, sizeof b->doubt->reason, format, args);
    va_end(args);
    return false;
}

uint32_t flow_insn_at(const struct flow *flow, uint64_t addr)
{
    uint32_t low = 0, high = flow->insn_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (flow->insns[middle].insn.addr < addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low < flow->insn_count && flow->insns[low].insn.addr == addr ? low : FLOW_NONE;
}

uint64_t flow_block_addr(const struct flow *flow, uint32_t block)
{
    return flow->insns[flow->blocks[block].first].insn.addr;
}

const struct flow_insn *flow_block_last(const struct flow *flow, uint32_t block)
{
    return &flow->insns[flow->blocks[block].end - 1];
}

bool flow_is_inner_jump(const struct flow *flow, const struct flow_insn *insn)
{
    return insn->insn.kind == INSN_JUMP && insn->insn.has_target &&
           flow_insn_at(flow, insn->insn.target) != FLOW_NONE;
}

static bool is_inside(const struct flow_source *source, uint64_t addr)
{
    for (size_t i = 0; i < source->part_count; i++)
        if (addr >= source->parts[i].addr && addr - source->parts[i].addr < source->parts[i].size)
            return true;
    return false;
}

/**
 * Whether an instruction is sure. Two decoders must agree on its length. Capstone does not know the newer
 * vector instructions: VEX and EVEX prefixes say enough of these, no control leaves by one.
 */
static bool decode_surely(struct insn_decoder *decoder, const uint8_t *code, size_t size,
                          uint64_t addr, const struct encoding *encoding, struct insn *ret)
{
    if (insn_decode_slowly(decoder, code, size, addr, ret))
        return ret->size == encoding->size;
    *ret = (struct insn){.addr = addr, .size = encoding->size, .kind = INSN_PLAIN};
    return encoding->vector;
}

/** Decode one instruction. */
static bool decode_one(struct building *b, struct insn_decoder *decoder, const uint8_t *code,
                       size_t size, uint64_t addr)
{
    struct flow_insn made = {.block = FLOW_NONE};
    struct encoding encoding;
    if (!encoding_parse(code, size, &encoding) ||
        !decode_surely(decoder, code, size, addr, &encoding, &made.insn))
        return refuse(b, "the instruction at 0x%" PRIx64 " is not known", addr);
    made.nop = encoding_is_nop(&encoding);
    made.packed = encoding_is_packed_arithmetic(&encoding);
    made.choice = encoding_is_conditional_move(&encoding);
    struct flow *flow = b->flow;
    flow->insns = mem_grow(flow->insns, &b->insn_capacity, flow->insn_count, sizeof made);
    flow->insns[flow->insn_count++] = made;
    return true;
}

static bool decode_parts(struct building *b, struct insn_decoder *decoder)
{
    for (size_t i = 0; i < b->source->part_count; i++) {
        const struct flow_part *part = &b->source->parts[i];
        for (size_t at = 0; at < part->size;
             at += b->flow->insns[b->flow->insn_count - 1].insn.size)
            if (!decode_one(b, decoder, part->bytes + at, part->size - at, part->addr + at))
                return false;
    }
    return true;
}

/** Note that control can come to an address of the function. */
static bool mark_target(struct building *b, uint64_t addr, const char *what)
{
    uint32_t insn = flow_insn_at(b->flow, addr);
    if (insn == FLOW_NONE)
        return refuse(b, "%s leads to 0x%" PRIx64 ", where no instruction starts", what, addr);
    b->targeted[insn] = true;
    return true;
}

static bool mark_direct_targets(struct building *b)
{
    for (uint32_t i = 0; i < b->flow->insn_count; i++) {
        const struct insn *insn = &b->flow->insns[i].insn;
        if (!insn->has_target || !is_inside(b->source, insn->target))
            continue;
        if (insn->kind == INSN_CALL && insn->target != b->source->entry)
            return refuse(b, "the call at 0x%" PRIx64 " leads into its own function", insn->addr);
        if (insn->kind != INSN_CALL && !mark_target(b, insn->target, "a jump"))
            return false;
    }
    return true;
}

static bool mark_targets(struct building *b)
{
    if (!mark_target(b, b->source->entry, "the entry") || !mark_direct_targets(b))
        return false;
    for (size_t i = 0; i < b->source->target_count; i++)
        if (!mark_target(b, b->source->targets[i], "an indirect jump"))
            return false;
    for (size_t i = 0; i < b->source->pad_count; i++)
        if (!mark_target(b, b->source->pads[i].pad, "an exception"))
            return false;
    return true;
}

/** Whether control never goes on behind the instruction. */
static bool is_final(const struct insn *insn)
{
    return insn->kind == INSN_JUMP || insn->kind == INSN_RETURN || insn->kind == INSN_STOP;
}

/** Whether two instructions of the array lie one behind the other. */
static bool is_joined(const struct flow *flow, uint32_t insn)
{
    return insn + 1 < flow->insn_count &&
           flow->insns[insn].insn.addr + flow->insns[insn].insn.size ==
               flow->insns[insn + 1].insn.addr;
}

/** Behind the last instruction of the straight-line code that starts at `first`. */
static uint32_t straight_end(const struct building *b, uint32_t first)
{
    const struct flow *flow = b->flow;
    uint32_t last = first;
    while (!is_final(&flow->insns[last].insn) && flow->insns[last].insn.kind != INSN_BRANCH &&
           is_joined(flow, last) && !b->targeted[last + 1])
        last++;
    return last + 1;
}

/** Whether straight-line code is what aligns the code behind it, which control does not come to. */
static bool is_padding(const struct building *b, uint32_t first, uint32_t end)
{
    const struct flow *flow = b->flow;
    bool reached = b->targeted[first] || (first > 0 && is_joined(flow, first - 1) &&
                                          !is_final(&flow->insns[first - 1].insn));
    for (uint32_t i = first; i < end && !reached; i++)
        reached = !flow->insns[i].nop && flow->insns[i].insn.kind != INSN_STOP;
    return !reached;
}

static void make_blocks(struct building *b)
{
    struct flow *flow = b->flow;
    for (uint32_t first = 0, end; first < flow->insn_count; first = end) {
        end = straight_end(b, first);
        if (is_padding(b, first, end))
            continue;
        for (uint32_t i = first; i < end; i++)
            flow->insns[i].block = flow->block_count;
        flow->blocks =
            mem_grow(flow->blocks, &b->block_capacity, flow->block_count, sizeof *flow->blocks);
        flow->blocks[flow->block_count++] = (struct flow_block){first, end};
    }
    flow->hub = flow->block_count;
    flow->entry = flow->block_count + 1;
    flow->exit = flow->block_count + 2;
    graph_init(&flow->graph, flow->block_count + 3);
}

static void add_edge(struct building *b, uint32_t from, uint32_t to, enum flow_edge_kind kind,
                     uint32_t insn)
{
    struct flow *flow = b->flow;
    uint32_t edge = graph_add(&flow->graph, from, to);
    flow->edges = mem_grow(flow->edges, &b->edge_capacity, edge, sizeof *flow->edges);
    flow->edges[edge] = (struct flow_edge){kind, insn};
}

/** The block that starts at an address; there is one, or the address is outside. */
static uint32_t block_at(const struct flow *flow, uint64_t addr)
{
    uint32_t insn = flow_insn_at(flow, addr);
    return insn == FLOW_NONE ? FLOW_NONE : flow->insns[insn].block;
}

static void add_direct_edge(struct building *b, uint32_t block, uint32_t last)
{
    uint32_t to = block_at(b->flow, b->flow->insns[last].insn.target);
    if (to == FLOW_NONE)
        add_edge(b, block, b->flow->exit, FLOW_EDGE_LEAVE, last);
    else
        add_edge(b, block, to, FLOW_EDGE_TAKEN, last);
}

static bool add_indirect_edges(struct building *b, uint32_t block, uint32_t last)
{
    uint64_t addr = b->flow->insns[last].insn.addr;
    const struct flow_jump *jump = NULL;
    for (size_t i = 0; i < b->source->jump_count; i++)
        if (b->source->jumps[i].addr == addr)
            jump = &b->source->jumps[i];
    if (!jump)
        return refuse(b, "where the jump at 0x%" PRIx64 " leads is not known", addr);
    if (jump->kind != FLOW_JUMP_LEAVES)
        add_edge(b, block, b->flow->hub, FLOW_EDGE_TO_HUB, last);
    if (jump->kind != FLOW_JUMP_INSIDE)
        add_edge(b, block, b->flow->exit, FLOW_EDGE_LEAVE, last);
    return true;
}

static void add_fall_edge(struct building *b, uint32_t block, uint32_t last)
{
    if (is_joined(b->flow, last))
        add_edge(b, block, b->flow->insns[last + 1].block, FLOW_EDGE_FALL, last);
    else
        add_edge(b, block, b->flow->exit, FLOW_EDGE_LEAVE, last);
}

/** The edges that leave a block at its end. */
static bool add_end_edges(struct building *b, uint32_t block)
{
    uint32_t last = b->flow->blocks[block].end - 1;
    const struct insn *insn = &b->flow->insns[last].insn;
    switch (insn->kind) {
    case INSN_JUMP:
        if (!insn->has_target)
            return add_indirect_edges(b, block, last);
        add_direct_edge(b, block, last);
        return true;
    case INSN_BRANCH:
        if (!insn->has_target)
            return refuse(b, "where the branch at 0x%" PRIx64 " leads is not known", insn->addr);
        add_direct_edge(b, block, last);
        add_fall_edge(b, block, last);
        return true;
    case INSN_RETURN:
    case INSN_STOP:
        add_edge(b, block, b->flow->exit, FLOW_EDGE_LEAVE, last);
        return true;
    case INSN_PLAIN:
    case INSN_SYSCALL:
    case INSN_CALL:
        add_fall_edge(b, block, last);
        return true;
    }
    return refuse(b, "the instruction at 0x%" PRIx64 " is of no known kind", insn->addr);
}

/** An edge from every call to where it lands. An unwinder looks up the last byte of the call. */
static void add_landing_edges(struct building *b)
{
    for (uint32_t i = 0; i < b->flow->insn_count; i++) {
        const struct flow_insn *call = &b->flow->insns[i];
        if (call->insn.kind != INSN_CALL || call->block == FLOW_NONE)
            continue;
        uint64_t last_byte = call->insn.addr + call->insn.size - 1;
        for (size_t p = 0; p < b->source->pad_count; p++) {
            const struct flow_pad *pad = &b->source->pads[p];
            if (last_byte >= pad->start && last_byte < pad->end)
                add_edge(b, call->block, block_at(b->flow, pad->pad), FLOW_EDGE_LANDING, i);
        }
    }
}

static bool add_edges(struct building *b)
{
    struct flow *flow = b->flow;
    add_edge(b, flow->entry, block_at(flow, b->source->entry), FLOW_EDGE_ENTER, FLOW_NONE);
    for (uint32_t block = 0; block < flow->block_count; block++)
        if (!add_end_edges(b, block))
            return false;
    for (size_t i = 0; i < b->source->target_count; i++)
        add_edge(b, flow->hub, block_at(flow, b->source->targets[i]), FLOW_EDGE_LABEL, FLOW_NONE);
    add_landing_edges(b);
    graph_finish(&flow->graph);
    return true;
}

/** Code that nothing leads to, in a function that jumps indirectly, is a target that was missed. */
static bool check_orphans(struct building *b)
{
    const struct flow *flow = b->flow;
    for (uint32_t block = 0; block < flow->block_count && b->source->jump_count > 0; block++)
        if (graph_in(&flow->graph, block).count == 0)
            return refuse(b,
                          "an indirect jump may lead to 0x%" PRIx64 ", to which nothing else does",
                          flow_block_addr(flow, block));
    return true;
}

/** Half-open, in order, apart: what the search by address relies on. */
static bool check_source(struct building *b)
{
    const struct flow_source *source = b->source;
    for (size_t i = 0; i < source->part_count; i++) {
        const struct flow_part *part = &source->parts[i];
        bool apart = i == 0 || source->parts[i - 1].addr + source->parts[i - 1].size <= part->addr;
        if (!apart || part->size > UINT32_MAX || part->addr + part->size < part->addr)
            return refuse(b, "its part at 0x%" PRIx64 " overlaps another", part->addr);
    }
    return true;
}

bool flow_init(struct flow *ret, const struct flow_source *source, struct insn_decoder *decoder,
               struct flow_doubt *doubt)
{
    struct flow flow = {0};
    struct building b = {.source = source, .flow = &flow, .doubt = doubt};
    bool sure = check_source(&b) && decode_parts(&b, decoder);
    b.targeted = mem_alloc_array(flow.insn_count + 1u, sizeof *b.targeted);
    sure = sure && mark_targets(&b);
    if (sure)
        make_blocks(&b);
    sure = sure && add_edges(&b) && check_orphans(&b);
    free(b.targeted);
    if (!sure)
        flow_deinit(&flow);
    else
        *ret = flow;
    return sure;
}

void flow_deinit(struct flow *flow)
{
    graph_deinit(&flow->graph);
    free(flow->insns);
    free(flow->blocks);
    free(flow->edges);
    *flow = (struct flow){0};
}
