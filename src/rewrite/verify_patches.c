#include "rewrite/verify_patches.h"

#include <stdlib.h>

static int compare_addr(const void *key, const void *item)
{
    const uint64_t *addr = key;
    const struct rewrite_patch *patch = item;

    return (*addr > patch->addr) - (*addr < patch->addr);
}

static const struct rewrite_patch *patch_at(const struct verify_walk *w, uint64_t addr)
{
    const struct verify_input *input = w->input;

    return input->patch_count ? bsearch(&addr, input->patches, input->patch_count,
                                        sizeof *input->patches, compare_addr)
                              : NULL;
}

static uint64_t jump_of(const struct rewrite_patch *patch)
{
    struct encoding e;

    if (!encoding_parse(patch->bytes, patch->size, &e) || !verify_walk_is_jump(&e) ||
        e.size != patch->size)
        return 0;
    return patch->addr + e.size + (uint64_t)e.immediate;
}

static bool check_site(struct verify_walk *w, const struct site *site)
{
    const struct rewrite_patch *patch = patch_at(w, site->addr);
    uint64_t to = patch ? jump_of(patch) : 0;

    if (patch && patch->size == 2) {
        const struct rewrite_patch *pad = patch_at(w, to);
        to = pad ? jump_of(pad) : 0;
    }
    return to && verify_walk_leads_to(w, to, site->insn);
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
static bool check_place(const struct verify_walk *w, const struct rewrite_patch *patch)
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
static bool check_detour(struct verify_walk *w, const struct detour *detour)
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
    if (!verify_walk_probe(w, &probe) || w->copy->live[detour->call])
        return false;
    w->at += probe.size;
    if (!verify_walk_parse(w, &e))
        return false;
    if (call->has_target)
        return verify_walk_is_jump(&e) && verify_walk_jump(w, &e) == call->target;
    uint64_t named = call->addr + was.size + (uint64_t)(int64_t)was.disp;
    return e.opcode == 0xff && (e.reg & 7) == 4 && e.base == ENCODING_RIP &&
           verify_walk_here(w) + e.size + (uint64_t)(int64_t)e.disp == named;
}

static bool is_detour(const struct verify_walk *w, uint64_t addr)
{
    for (size_t i = 0; i < w->copy->detour_count; i++)
        if (copy_insn(w->copy, w->copy->detours[i].call)->addr == addr)
            return true;
    return false;
}

bool verify_patches_check(struct verify_walk *w)
{
    const struct verify_input *input = w->input;

    for (size_t i = 0; i < w->copy->site_count; i++)
        if (w->copy->sites[i].size && !check_site(w, &w->copy->sites[i]))
            return verify_walk_differs(w, w->copy->sites[i].addr);
    for (size_t i = 0; i < w->copy->detour_count; i++)
        if (!check_detour(w, &w->copy->detours[i]))
            return verify_walk_differs(w, copy_insn(w->copy, w->copy->detours[i].call)->addr);
    for (size_t i = 0; i < input->patch_count; i++) {
        const struct rewrite_patch *patch = &input->patches[i];
        bool apart =
            i == 0 || input->patches[i - 1].addr + input->patches[i - 1].size <= patch->addr;
        if (!apart || (!is_detour(w, patch->addr) && !check_place(w, patch)))
            return verify_walk_differs(w, patch->addr);
    }
    return true;
}
