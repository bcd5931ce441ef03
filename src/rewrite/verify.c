#include "rewrite/verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "code/encoding.h"
#include "rewrite/callee_table.h"
#include "rewrite/sites.h"
#include "rewrite/timer_call.h"
#include "rewrite/verify_patches.h"
#include "rewrite/verify_walk.h"

// Pass the table of a call. False when it is not what stands there.
static bool pass_table(struct verify_walk *w, uint32_t call)
{
    const struct insn *insn = copy_insn(w->copy, call);
    uint8_t expected[CALLEE_TABLE_MAX];
    size_t left;
    const uint8_t *bytes = copy_bytes_at(w->copy, insn->addr, &left);
    uint32_t size = callee_table_size(bytes, insn->size);

    if (w->copy->live[call] || size > verify_walk_left(w) ||
        !emit_table(w->copy, &w->input->target, call, verify_walk_here(w), expected) ||
        memcmp(expected, verify_walk_now(w), size) != 0)
        return verify_walk_differs(w, insn->addr);
    verify_walk_pass(w, size);
    return true;
}

// Pass counters and nops. False when one of them overwrites flags that the instruction behind reads.
static bool pass_inserted(struct verify_walk *w, uint32_t next)
{
    struct encoding e;
    struct probe probe;

    while (verify_walk_left(w)) {
        if (verify_walk_probe(w, &probe)) {
            if (w->copy->live[next] && !probe.saves)
                return verify_walk_differs(w, copy_insn(w->copy, next)->addr);
            verify_walk_pass(w, probe.size);
        } else if (verify_walk_parse(w, &e) && encoding_is_nop(&e)) {
            verify_walk_pass(w, e.size);
        } else {
            break;
        }
    }
    if (w->copy->timed && timer_call_leaves(w->copy, next) && !verify_walk_timer(w, false))
        return verify_walk_differs(w, copy_insn(w->copy, next)->addr);
    return w->copy->tables[next] == COPY_NONE || pass_table(w, next);
}

// ---- one instruction

static bool pass_jump_to(struct verify_walk *w, uint64_t to)
{
    struct encoding e;

    if (!verify_walk_parse(w, &e) || !verify_walk_is_jump(&e) || verify_walk_jump(w, &e) != to)
        return false;
    verify_walk_pass(w, e.size);
    return true;
}

static bool is_loop(const struct encoding *e)
{
    return e->map == ENCODING_MAP_ONE && e->opcode >= 0xe0 && e->opcode <= 0xe3;
}

static bool pass_loop(struct verify_walk *w, uint32_t i, const uint8_t *original)
{
    const uint8_t size = copy_insn(w->copy, i)->size;
    const uint8_t *bytes = verify_walk_now(w);

    if (verify_walk_left(w) < size + 7u || memcmp(bytes, original, size - 1u) != 0 ||
        bytes[size - 1] != 2 || bytes[size] != 0xeb || bytes[size + 1] != 5 ||
        bytes[size + 2] != 0xe9)
        return false;
    verify_walk_pass(w, size + 2u);
    struct encoding e;
    if (!verify_walk_parse(w, &e))
        return false;
    w->jumps[i] = verify_walk_jump(w, &e);
    w->at += e.size;
    return true;
}

static bool pass_jump(struct verify_walk *w, uint32_t i, const uint8_t *original,
                      const struct encoding *was)
{
    struct encoding e;

    if (is_loop(was))
        return pass_loop(w, i, original);
    if (!verify_walk_parse(w, &e) || !verify_walk_jump(w, &e))
        return false;
    bool same = verify_walk_is_jump(was)
                    ? verify_walk_is_jump(&e)
                    : !verify_walk_is_jump(&e) && (was->opcode & 0xf) == (e.opcode & 0xf);
    w->jumps[i] = verify_walk_jump(w, &e);
    verify_walk_pass(w, e.size);
    return same;
}

static bool pass_same(struct verify_walk *w, uint32_t i, const uint8_t *original,
                      const struct encoding *was)
{
    const struct insn *insn = copy_insn(w->copy, i);
    uint8_t expected[16];
    struct encoding e;

    if (!verify_walk_parse(w, &e) || e.size != was->size || e.base != was->base)
        return false;
    memcpy(expected, original, was->size);
    if (was->base == ENCODING_RIP) {
        uint64_t named = insn->addr + was->size + (uint64_t)(int64_t)was->disp;
        uint64_t names = verify_walk_here(w) + e.size + (uint64_t)(int64_t)e.disp;
        if (named != names || e.disp_at != was->disp_at)
            return false;
        memcpy(expected + was->disp_at, verify_walk_now(w) + e.disp_at, 4);
    }
    bool same = memcmp(expected, verify_walk_now(w), e.size) == 0;
    verify_walk_pass(w, e.size);
    return same;
}

static bool pass_insn(struct verify_walk *w, uint32_t i)
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
static bool goes_off(const struct verify_walk *w, uint32_t last)
{
    const struct insn *insn = copy_insn(w->copy, last);

    return (insn->kind == INSN_PLAIN || insn->kind == INSN_SYSCALL || insn->kind == INSN_BRANCH) &&
           sites_return_of(w->copy, last) == COPY_NONE;
}

static bool walk_blocks(struct verify_walk *w)
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
            return verify_walk_differs(w, insn->addr);
        if (goes_off(w, i) && !pass_jump_to(w, insn->addr + insn->size))
            return verify_walk_differs(w, insn->addr);
        // A nop has no copy: what comes to it comes to what is behind it.
        begin = flow->insns[i].nop ? begin : w->at;
    }
    w->stubs = w->at;
    return true;
}

static bool check_jumps(struct verify_walk *w)
{
    const struct flow *flow = w->copy->function->flow;

    for (uint32_t i = 0; i < flow->insn_count; i++) {
        const struct insn *insn = &flow->insns[i].insn;
        if (!insn->has_target || insn->kind == INSN_CALL || flow->insns[i].block == FLOW_NONE)
            continue;
        uint32_t target = copy_target(w->copy, i);
        bool right = target == COPY_NONE ? w->jumps[i] == insn->target
                                         : verify_walk_leads_to(w, w->jumps[i], target);
        if (!right)
            return verify_walk_differs(w, insn->addr);
    }
    return true;
}

bool verify_copy(struct copy *copy, const struct verify_input *input)
{
    const uint32_t n = copy->function->flow->insn_count;
    struct verify_walk w = {.copy = copy, .input = input};

    w.starts = mem_alloc_array(copy->size + 1u, sizeof *w.starts);
    w.zones = mem_alloc_array(n + 1u, sizeof *w.zones);
    w.jumps = mem_alloc_array(n + 1u, sizeof *w.jumps);
    bool right = walk_blocks(&w) && check_jumps(&w) && verify_patches_check(&w);
    free(w.starts);
    free(w.zones);
    free(w.jumps);
    return right;
}
