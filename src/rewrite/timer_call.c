#include "rewrite/timer_call.h"

#include <string.h>

#include "rewrite/sites.h"

void timer_call_emit(bool entered, uint32_t timer, uint8_t ret[TIMER_CALL_SIZE])
{
    static const uint8_t call[] = {0x65, 0xff, 0x14, 0x25};
    static const uint8_t nop[] = {0x0f, 0x1f, 0x80};
    const int32_t at = entered ? REWRITE_ENTERED_AT : REWRITE_LEFT_AT;

    memcpy(ret, call, sizeof call);
    memcpy(ret + sizeof call, &at, sizeof at);
    memcpy(ret + TIMER_CALL_RETURNS, nop, sizeof nop);
    memcpy(ret + TIMER_CALL_RETURNS + sizeof nop, &timer, sizeof timer);
}

static const struct flow_jump *indirect_jump(const struct copy *copy, uint64_t addr)
{
    const struct flow_source *source = copy->function->source;

    for (size_t i = 0; i < source->jump_count; i++)
        if (source->jumps[i].addr == addr)
            return &source->jumps[i];
    return NULL;
}

bool timer_call_leaves(const struct copy *copy, uint32_t insn)
{
    const struct insn *own = copy_insn(copy, insn);

    if (copy->function->flow->insns[insn].block == FLOW_NONE)
        return false;
    if (own->kind == INSN_RETURN)
        return true;
    if (own->kind != INSN_JUMP)
        return false;
    if (own->has_target)
        return copy_target(copy, insn) == COPY_NONE;
    const struct flow_jump *jump = indirect_jump(copy, own->addr);
    return jump && jump->kind == FLOW_JUMP_LEAVES;
}

// A jump of which it is not known if it leaves the function is taken to stay: should it leave, its end shows
// with the next call or return.
void timer_call_settle(struct copy *copy)
{
    const struct flow *flow = copy->function->flow;
    const struct site *site = sites_at(copy, flow_insn_at(flow, copy->function->source->entry));

    copy->timed = copy->function->timer && site && site->size && site->ways == SITE_ENTRY;
    for (uint32_t i = 0; i < flow->insn_count && copy->timed; i++)
        copy->timed = !timer_call_leaves(copy, i) || !copy->in_place[i].runs;
}
