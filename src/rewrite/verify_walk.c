#include "rewrite/verify_walk.h"

#include <inttypes.h>
#include <string.h>

#include "rewrite/timer_call.h"

bool verify_walk_differs(struct verify_walk *w, uint64_t addr)
{
    return copy_refuse(w->copy, "its copy differs at 0x%" PRIx64, addr);
}

uint64_t verify_walk_here(const struct verify_walk *w)
{
    return w->input->target.addr + w->at;
}

size_t verify_walk_left(const struct verify_walk *w)
{
    return w->copy->size - w->at;
}

const uint8_t *verify_walk_now(const struct verify_walk *w)
{
    return w->input->bytes + w->at;
}

bool verify_walk_parse(const struct verify_walk *w, struct encoding *ret)
{
    return encoding_parse(verify_walk_now(w), verify_walk_left(w), ret);
}

void verify_walk_pass(struct verify_walk *w, uint32_t size)
{
    w->starts[w->at] = true;
    w->at += size;
}

// The counters of this function only.
static bool is_own(const struct verify_walk *w, uint64_t counter)
{
    uint64_t first = w->input->target.counters + 8ull * w->copy->slot_first;

    return counter >= first && counter - first < 8ull * w->copy->slot_count &&
           (counter - first) % 8 == 0;
}

bool verify_walk_probe(const struct verify_walk *w, struct probe *ret)
{
    return probe_parse(w->copy->form, verify_walk_here(w), verify_walk_now(w), verify_walk_left(w),
                       ret) &&
           is_own(w, ret->counter);
}

uint64_t verify_walk_jump(const struct verify_walk *w, const struct encoding *e)
{
    bool one = e->map == ENCODING_MAP_ONE;
    bool plain = one && (e->opcode == 0xe9 || e->opcode == 0xeb);
    bool branch = (one && (e->opcode & 0xf0) == 0x70) ||
                  (e->map == ENCODING_MAP_0F && !e->vector && (e->opcode & 0xf0) == 0x80);

    return plain || branch ? verify_walk_here(w) + e->size + (uint64_t)e->immediate : 0;
}

bool verify_walk_timer(struct verify_walk *w, bool entered)
{
    uint8_t expected[TIMER_CALL_SIZE];

    timer_call_emit(entered, w->copy->function->timer, expected);
    if (verify_walk_left(w) < sizeof expected ||
        memcmp(verify_walk_now(w), expected, sizeof expected) != 0)
        return false;
    verify_walk_pass(w, sizeof expected);
    return true;
}

// The counter of a stub, if it has one.
static bool pass_counter(struct verify_walk *w, uint32_t insn)
{
    struct probe probe;

    if (!verify_walk_probe(w, &probe))
        return w->copy->timed;
    w->at += probe.size;
    return !w->copy->live[insn] || probe.saves;
}

bool verify_walk_is_jump(const struct encoding *e)
{
    return e->map == ENCODING_MAP_ONE && (e->opcode == 0xe9 || e->opcode == 0xeb);
}

// The instruction that a nop stands before; itself when it is none.
static uint32_t effective(const struct verify_walk *w, uint32_t insn)
{
    const struct flow *flow = w->copy->function->flow;

    while (insn + 1 < flow->insn_count && flow->insns[insn].nop &&
           flow->insns[insn + 1].block != FLOW_NONE)
        insn++;
    return insn;
}

// Whether control that comes to a place of the copy comes to an instruction, over a stub or not.
bool verify_walk_leads_to(struct verify_walk *w, uint64_t addr, uint32_t insn)
{
    uint64_t base = w->input->target.addr;
    struct encoding e;

    if (addr - base >= w->stubs && addr - base < w->copy->size) {
        w->at = (uint32_t)(addr - base);
        verify_walk_timer(w, true);
        if (!pass_counter(w, insn))
            return false;
        if (!verify_walk_parse(w, &e) || !verify_walk_is_jump(&e))
            return false;
        addr = verify_walk_jump(w, &e);
    }
    uint64_t offset = addr - base;
    struct zone first = w->zones[insn];
    struct zone last = w->zones[effective(w, insn)];
    return offset >= first.begin && offset <= last.end && offset < w->stubs && w->starts[offset];
}
