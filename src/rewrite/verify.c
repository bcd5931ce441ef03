#include "rewrite/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "code/encoding.h"
#include "rewrite/probe.h"
#include "rewrite/sites.h"

// What stands before an instruction in the copy belongs to it: control that comes to any of it comes to
// the instruction.
struct zone {
    uint32_t begin;
    uint32_t end; // Where the instruction itself stands.
};

// Walking through a copy.
struct walk {
    struct copy *copy;
    const struct verify_input *input;
    uint32_t at;
    uint32_t stubs;     // Where they begin.
    bool *starts;       // Per byte: an instruction or a counter starts here.
    struct zone *zones; // Per instruction.
    uint64_t *jumps;    // Per instruction, where its jump leads in the copy.
};

static bool differs(struct walk *w, uint64_t addr)
{
    return copy_refuse(w->copy, "its copy differs at 0x%" PRIx64, addr);
}

static uint64_t here(const struct walk *w)
{
    return w->input->target.addr + w->at;
}

static size_t left(const struct walk *w)
{
    return w->copy->size - w->at;
}

static const uint8_t *now(const struct walk *w)
{
    return w->input->bytes + w->at;
}

static bool parse(const struct walk *w, struct encoding *ret)
{
    return encoding_parse(now(w), left(w), ret);
}

static void pass(struct walk *w, uint32_t size)
{
    w->starts[w->at] = true;
    w->at += size;
}

// The counters of this function only.
static bool is_own(const struct walk *w, uint64_t counter)
{
    uint64_t first = w->input->target.counters + 8ull * w->copy->slot_first;

    return counter >= first && counter - first < 8ull * w->copy->slot_count &&
           (counter - first) % 8 == 0;
}

static bool probe_here(const struct walk *w, struct probe *ret)
{
    return probe_parse(w->copy->form, here(w), now(w), left(w), ret) && is_own(w, ret->counter);
}

// Pass counters and nops. False when one of them overwrites flags that the instruction behind reads.
static bool pass_inserted(struct walk *w, uint32_t next)
{
    struct encoding e;
    struct probe probe;

    while (left(w)) {
        if (probe_here(w, &probe)) {
            if (w->copy->live[next] && !probe.saves)
                return differs(w, copy_insn(w->copy, next)->addr);
            pass(w, probe.size);
        } else if (parse(w, &e) && encoding_is_nop(&e)) {
            pass(w, e.size);
        } else {
            break;
        }
    }
    return true;
}

// ---- one instruction

// Where a direct jump leads; 0 = it is none.
static uint64_t jump_here(const struct walk *w, struct encoding *e)
{
    bool one = e->map == ENCODING_MAP_ONE;
    bool plain = one && (e->opcode == 0xe9 || e->opcode == 0xeb);
    bool branch = (one && (e->opcode & 0xf0) == 0x70) ||
                  (e->map == ENCODING_MAP_0F && !e->vector && (e->opcode & 0xf0) == 0x80);

    return plain || branch ? here(w) + e->size + (uint64_t)e->immediate : 0;
}

static bool is_plain_jump(const struct encoding *e)
{
    return e->map == ENCODING_MAP_ONE && (e->opcode == 0xe9 || e->opcode == 0xeb);
}

static bool pass_jump_to(struct walk *w, uint64_t to)
{
    struct encoding e;

    if (!parse(w, &e) || !is_plain_jump(&e) || jump_here(w, &e) != to)
        return false;
    pass(w, e.size);
    return true;
}

static bool is_loop(const struct encoding *e)
{
    return e->map == ENCODING_MAP_ONE && e->opcode >= 0xe0 && e->opcode <= 0xe3;
}

static bool pass_loop(struct walk *w, uint32_t i, const uint8_t *original)
{
    const uint8_t size = copy_insn(w->copy, i)->size;
    const uint8_t *bytes = now(w);

    if (left(w) < size + 7u || memcmp(bytes, original, size - 1u) != 0 || bytes[size - 1] != 2 ||
        bytes[size] != 0xeb || bytes[size + 1] != 5 || bytes[size + 2] != 0xe9)
        return false;
    pass(w, size + 2u);
    struct encoding e;
    if (!parse(w, &e))
        return false;
    w->jumps[i] = jump_here(w, &e);
    w->at += e.size;
    return true;
}

static bool pass_jump(struct walk *w, uint32_t i, const uint8_t *original,
                      const struct encoding *was)
{
    struct encoding e;

    if (is_loop(was))
        return pass_loop(w, i, original);
    if (!parse(w, &e) || !jump_here(w, &e))
        return false;
    bool same = is_plain_jump(was) ? is_plain_jump(&e)
                                   : !is_plain_jump(&e) && (was->opcode & 0xf) == (e.opcode & 0xf);
    w->jumps[i] = jump_here(w, &e);
    pass(w, e.size);
    return same;
}

static bool pass_same(struct walk *w, uint32_t i, const uint8_t *original,
                      const struct encoding *was)
{
    const struct insn *insn = copy_insn(w->copy, i);
    uint8_t expected[16];
    struct encoding e;

    if (!parse(w, &e) || e.size != was->size || e.base != was->base)
        return false;
    memcpy(expected, original, was->size);
    if (was->base == ENCODING_RIP) {
        uint64_t named = insn->addr + was->size + (uint64_t)(int64_t)was->disp;
        uint64_t names = here(w) + e.size + (uint64_t)(int64_t)e.disp;
        if (named != names || e.disp_at != was->disp_at)
            return false;
        memcpy(expected + was->disp_at, now(w) + e.disp_at, 4);
    }
    bool same = memcmp(expected, now(w), e.size) == 0;
    pass(w, e.size);
    return same;
}

static bool pass_insn(struct walk *w, uint32_t i)
{
    const struct insn *insn = copy_insn(w->copy, i);
    struct encoding was;
    size_t size;
    const uint8_t *original = copy_bytes_at(w->copy, insn->addr, &size);

    if (!original || !encoding_parse(original, insn->size, &was) || was.size != insn->size)
        return false;
    if (encoding_is_nop(&was))
        return true;
    if (insn->kind == INSN_CALL)
        return pass_jump_to(w, insn->addr);
    if (insn->has_target)
        return pass_jump(w, i, original, &was);
    return pass_same(w, i, original, &was);
}

// ---- the copy

// Whether control goes on behind the last instruction of a part, to what is not the function's.
static bool goes_off(const struct walk *w, uint32_t last)
{
    const struct insn *insn = copy_insn(w->copy, last);

    return (insn->kind == INSN_PLAIN || insn->kind == INSN_SYSCALL || insn->kind == INSN_BRANCH) &&
           sites_return_of(w->copy, last) == COPY_NONE;
}

static bool walk_blocks(struct walk *w)
{
    const struct flow *flow = w->copy->function->flow;
    uint32_t begin = 0;

    for (uint32_t i = 0; i < flow->insn_count; i++) {
        const struct insn *insn = &flow->insns[i].insn;
        if (flow->insns[i].block == FLOW_NONE)
            continue;
        if (!pass_inserted(w, i))
            return false;
        w->zones[i] = (struct zone){begin, w->at};
        if (!pass_insn(w, i))
            return differs(w, insn->addr);
        if (goes_off(w, i) && !pass_jump_to(w, insn->addr + insn->size))
            return differs(w, insn->addr);
        // A nop has no copy: what comes to it comes to what is behind it.
        begin = flow->insns[i].nop ? begin : w->at;
    }
    w->stubs = w->at;
    return true;
}

// The instruction that a nop stands before; itself when it is none.
static uint32_t effective(const struct walk *w, uint32_t insn)
{
    const struct flow *flow = w->copy->function->flow;

    while (insn + 1 < flow->insn_count && flow->insns[insn].nop &&
           flow->insns[insn + 1].block != FLOW_NONE)
        insn++;
    return insn;
}

// Whether control that comes to a place of the copy comes to an instruction, over a stub or not.
static bool leads_to(struct walk *w, uint64_t addr, uint32_t insn)
{
    uint64_t base = w->input->target.addr;
    struct probe probe;
    struct encoding e;

    if (addr - base >= w->stubs && addr - base < w->copy->size) {
        w->at = (uint32_t)(addr - base);
        if (!probe_here(w, &probe) || (w->copy->live[insn] && !probe.saves))
            return false;
        w->at += probe.size;
        if (!parse(w, &e) || !is_plain_jump(&e))
            return false;
        addr = jump_here(w, &e);
    }
    uint64_t offset = addr - base;
    struct zone first = w->zones[insn];
    struct zone last = w->zones[effective(w, insn)];
    return offset >= first.begin && offset <= last.end && offset < w->stubs && w->starts[offset];
}

static bool check_jumps(struct walk *w)
{
    const struct flow *flow = w->copy->function->flow;

    for (uint32_t i = 0; i < flow->insn_count; i++) {
        const struct insn *insn = &flow->insns[i].insn;
        if (!insn->has_target || insn->kind == INSN_CALL || flow->insns[i].block == FLOW_NONE)
            continue;
        uint32_t target = copy_target(w->copy, i);
        bool right =
            target == COPY_NONE ? w->jumps[i] == insn->target : leads_to(w, w->jumps[i], target);
        if (!right)
            return differs(w, insn->addr);
    }
    return true;
}

// ---- patches

static int compare_addr(const void *key, const void *item)
{
    const uint64_t *addr = key;
    const struct rewrite_patch *patch = item;

    return (*addr > patch->addr) - (*addr < patch->addr);
}

static const struct rewrite_patch *patch_at(const struct walk *w, uint64_t addr)
{
    const struct verify_input *input = w->input;

    return input->patch_count ? bsearch(&addr, input->patches, input->patch_count,
                                        sizeof *input->patches, compare_addr)
                              : NULL;
}

static uint64_t jump_of(const struct rewrite_patch *patch)
{
    struct encoding e;

    if (!encoding_parse(patch->bytes, patch->size, &e) || !is_plain_jump(&e) ||
        e.size != patch->size)
        return 0;
    return patch->addr + e.size + (uint64_t)e.immediate;
}

static bool check_site(struct walk *w, const struct site *site)
{
    const struct rewrite_patch *patch = patch_at(w, site->addr);
    uint64_t to = patch ? jump_of(patch) : 0;

    if (patch && patch->size == 2) {
        const struct rewrite_patch *pad = patch_at(w, to);
        to = pad ? jump_of(pad) : 0;
    }
    return to && leads_to(w, to, site->insn);
}

// The first instruction that ends behind an address.
static uint32_t insn_from(const struct flow *flow, uint64_t addr)
{
    uint32_t low = 0;
    uint32_t high = flow->insn_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (flow->insns[middle].insn.addr + flow->insns[middle].insn.size <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// Whether what a patch replaces is nothing that is run there.
static bool check_place(const struct walk *w, const struct rewrite_patch *patch)
{
    const struct flow *flow = w->copy->function->flow;
    uint64_t end = patch->addr + patch->size;

    for (uint32_t i = insn_from(flow, patch->addr);
         i < flow->insn_count && flow->insns[i].insn.addr < end; i++)
        if (flow->insns[i].block != FLOW_NONE &&
            (flow->insns[i].insn.kind == INSN_CALL || w->copy->in_place[i].runs))
            return false;
    return true;
}

// Whether a call leads over a counter to what it called, and returns to where it did.
static bool check_detour(struct walk *w, const struct detour *detour)
{
    const struct insn *call = copy_insn(w->copy, detour->call);
    const struct rewrite_patch *patch = patch_at(w, call->addr);
    struct encoding was;
    struct encoding e;
    struct probe probe;

    if (!patch || patch->size != call->size ||
        !encoding_parse(patch->original, patch->size, &was) ||
        !encoding_parse(patch->bytes, patch->size, &e) || e.opcode != 0xe8 || e.size != call->size)
        return false;
    uint64_t offset = call->addr + e.size + (uint64_t)e.immediate - w->input->target.addr;
    if (offset < w->stubs || offset >= w->copy->size)
        return false;
    w->at = (uint32_t)offset;
    if (!probe_here(w, &probe) || w->copy->live[detour->call])
        return false;
    w->at += probe.size;
    if (!parse(w, &e))
        return false;
    if (call->has_target)
        return is_plain_jump(&e) && jump_here(w, &e) == call->target;
    uint64_t named = call->addr + was.size + (uint64_t)(int64_t)was.disp;
    return e.opcode == 0xff && (e.reg & 7) == 4 && e.base == ENCODING_RIP &&
           here(w) + e.size + (uint64_t)(int64_t)e.disp == named;
}

static bool is_detour(const struct walk *w, uint64_t addr)
{
    for (size_t i = 0; i < w->copy->detour_count; i++)
        if (copy_insn(w->copy, w->copy->detours[i].call)->addr == addr)
            return true;
    return false;
}

static bool check_patches(struct walk *w)
{
    const struct verify_input *input = w->input;

    for (size_t i = 0; i < w->copy->site_count; i++)
        if (w->copy->sites[i].size && !check_site(w, &w->copy->sites[i]))
            return differs(w, w->copy->sites[i].addr);
    for (size_t i = 0; i < w->copy->detour_count; i++)
        if (!check_detour(w, &w->copy->detours[i]))
            return differs(w, copy_insn(w->copy, w->copy->detours[i].call)->addr);
    for (size_t i = 0; i < input->patch_count; i++) {
        const struct rewrite_patch *patch = &input->patches[i];
        bool apart =
            i == 0 || input->patches[i - 1].addr + input->patches[i - 1].size <= patch->addr;
        if (!apart || (!is_detour(w, patch->addr) && !check_place(w, patch)))
            return differs(w, patch->addr);
    }
    return true;
}

bool verify_copy(struct copy *copy, const struct verify_input *input)
{
    const uint32_t n = copy->function->flow->insn_count;
    struct walk w = {.copy = copy, .input = input};

    w.starts = mem_alloc_array(copy->size + 1u, sizeof *w.starts);
    w.zones = mem_alloc_array(n + 1u, sizeof *w.zones);
    w.jumps = mem_alloc_array(n + 1u, sizeof *w.jumps);
    bool right = walk_blocks(&w) && check_jumps(&w) && check_patches(&w);
    free(w.starts);
    free(w.zones);
    free(w.jumps);
    return right;
}
