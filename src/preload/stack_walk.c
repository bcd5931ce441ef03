// The frames of the last walk are kept, outermost first. A new walk goes from the innermost frame outwards
// by the rules until it comes to a frame that was there before: same code, same stack pointer, and same bp
// where bp leads further. From there on the way is the same, if the memory that it reads is: each return
// address, each stored bp that leads further, each stored CFA. Those are compared, and nothing is assumed.
//
// Memory is read as the rules say. Where they lead to a page of the stack that was not read before, the
// system is asked first: call frame information written by hand may be wrong.
#include "preload/stack_walk.h"

#include <string.h>

#include "preload/stack_rules.h"

enum { FRAMES_MAX = 500, PAGE = 4096, PAGES_MAX = 4096 };

enum way { WAY_AS_CALLER, WAY_BY_BP, WAY_WITHOUT_BP };

struct frame {
    uint64_t pc;
    uint64_t sp; // Its own; the return address to `pc` is stored below.
    uint64_t bp;
    uint64_t bp_slot;  // Where that was stored; 0 = it was kept.
    uint64_t cfa_slot; // Where `sp` was stored; 0 = it was not.
    uint64_t hash;     // Of this frame and all outer ones.
    enum way way;      // How `bp` leads to outer frames,
    bool needs_bp;     // and whether it does.
};

// What runs seldom does not burden what runs at each allocation with registers to save.
#define NOINLINE __attribute__((noinline))

// A word of the stack that must be what it was.
struct check {
    uint64_t addr;
    uint64_t value;
};

enum { CHECKS_MAX = 64 };

struct stack_walk {
    // The whole of the last walk, for when nothing changed.
    struct stack_walk_at at;
    bool needs_bp;
    uint32_t n_checks; // 0 = they are not all there.
    struct stack_walk_result result;
    struct check checks[CHECKS_MAX];
    // The frames of it.
    uint64_t readable_start; // Pages that were read.
    uint64_t readable_end;
    uint32_t generation;
    uint32_t n;
    struct frame frames[FRAMES_MAX];    // Outermost first.
    struct frame found[FRAMES_MAX + 1]; // New ones, innermost first.
};

const size_t stack_walk_bytes = sizeof(struct stack_walk);

static uint32_t generation;

void stack_walk_forget(void)
{
    stack_rules_forget();
    __atomic_fetch_add(&generation, 1, __ATOMIC_RELAXED);
}

void stack_walk_reset(struct stack_walk *walk)
{
    walk->n = 0;
    walk->n_checks = 0;
    walk->readable_start = 0;
    walk->readable_end = 0;
}

// ---- reading the stack

static bool may_read(struct stack_walk *walk, uint64_t sp, uint64_t addr,
                     bool (*readable)(uint64_t addr))
{
    if (addr % 8)
        return false;
    if (addr >= walk->readable_start && addr < walk->readable_end)
        return true;
    // Another stack than before, or further down than ever.
    if (sp < walk->readable_start || sp >= walk->readable_end) {
        walk->readable_start = sp / PAGE * PAGE;
        walk->readable_end = walk->readable_start + PAGE;
    }
    if (addr < walk->readable_start || addr - walk->readable_start > (uint64_t)PAGE * PAGES_MAX)
        return false;
    for (; addr >= walk->readable_end; walk->readable_end += PAGE)
        if (!readable(walk->readable_end))
            return false;
    return true;
}

__attribute__((no_sanitize("address"))) static inline uint64_t load(uint64_t addr)
{
    return *(const uint64_t *)(uintptr_t)addr; // NOLINT: that is what a stack pointer is
}

// ---- frames that are as they were

static bool is_unchanged(const struct frame *frame)
{
    return load(frame->sp - 8) == frame->pc &&
           (!frame->needs_bp || !frame->bp_slot || load(frame->bp_slot) == frame->bp) &&
           (!frame->cfa_slot || load(frame->cfa_slot) == frame->sp);
}

// How many of the kept frames are still there, if this one is one of them; 0 = none. `top` is the number of
// kept frames that can be, for the others lie further in.
static uint32_t rejoin(struct stack_walk *walk, const struct frame *frame, uint32_t *top)
{
    while (*top && walk->frames[*top - 1].sp < frame->sp)
        (*top)--;
    if (!*top)
        return 0;
    const struct frame *kept = &walk->frames[*top - 1];
    if (kept->sp != frame->sp || kept->pc != frame->pc || (kept->needs_bp && kept->bp != frame->bp))
        return 0;
    for (uint32_t i = *top - 1; i > 0; i--) {
        if (!is_unchanged(&walk->frames[i - 1])) {
            *top = i - 1;
            return 0;
        }
    }
    return *top;
}

// ---- frames by the rules

// The caller of a frame. Written and copied word by word: the processor waits where it reads at once what it has just
// written in parts.
static bool step(struct stack_walk *walk, const struct frame *frame, const struct stack_rule *rule,
                 uint64_t bottom, bool (*readable)(uint64_t addr), struct frame *ret)
{
    uint64_t base = rule->cfa == STACK_RULE_SP ? frame->sp : frame->bp;
    uint64_t cfa = base + (uint64_t)(int64_t)rule->cfa_offset;

    ret->cfa_slot = 0;
    if (rule->cfa == STACK_RULE_AT_BP) {
        if (!may_read(walk, bottom, cfa, readable))
            return false;
        ret->cfa_slot = cfa;
        cfa = load(cfa);
    }
    if (cfa <= frame->sp || !may_read(walk, bottom, cfa - 8, readable))
        return false;
    ret->bp_slot = 0;
    ret->bp = frame->bp;
    if (rule->bp != STACK_RULE_BP_KEPT) {
        uint64_t slot = (rule->bp == STACK_RULE_BP_AT_CFA ? cfa : frame->bp) +
                        (uint64_t)(int64_t)rule->bp_offset;
        if (!may_read(walk, bottom, slot, readable))
            return false;
        ret->bp_slot = slot;
        ret->bp = load(slot);
    }
    ret->pc = load(cfa - 8);
    ret->sp = cfa;
    return true;
}

// Whether a frame's bp leads further out, if its caller's does.
static enum way way_of(const struct stack_rule *rule)
{
    if (rule->cfa == STACK_RULE_BP || rule->cfa == STACK_RULE_AT_BP)
        return WAY_BY_BP;
    return rule->bp == STACK_RULE_BP_AT_CFA || rule->cfa == STACK_RULE_END ? WAY_WITHOUT_BP
                                                                           : WAY_AS_CALLER;
}

// ---- the walk

static uint64_t mix(uint64_t hash, uint64_t pc)
{
    hash = (hash ^ pc) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static void copy_frame(const struct frame *from, struct frame *to)
{
    to->pc = from->pc;
    to->sp = from->sp;
    to->bp = from->bp;
    to->bp_slot = from->bp_slot;
    to->cfa_slot = from->cfa_slot;
}

// Put the new frames behind the `kept` outer ones.
static void keep(struct stack_walk *walk, uint32_t kept, uint32_t n_found)
{
    uint64_t hash = kept ? walk->frames[kept - 1].hash : 1;
    bool needs_bp = kept && walk->frames[kept - 1].needs_bp;

    for (uint32_t i = n_found; i > 0; i--) {
        const struct frame *found = &walk->found[i - 1];
        struct frame *frame = &walk->frames[kept + n_found - i];
        copy_frame(found, frame);
        if (found->way != WAY_AS_CALLER)
            needs_bp = found->way == WAY_BY_BP;
        hash = mix(hash, found->pc);
        frame->needs_bp = needs_bp;
        frame->hash = hash;
    }
    walk->n = kept + n_found;
}

// A kept frame may have been reached by another way.
static void reach_again(struct frame *kept, const struct frame *found)
{
    kept->bp = found->bp;
    kept->bp_slot = found->bp_slot;
    kept->cfa_slot = found->cfa_slot;
}

static void begin_at(struct frame *frame, const struct stack_walk_at *at)
{
    frame->pc = at->pc;
    frame->sp = at->sp;
    frame->bp = at->bp;
    frame->bp_slot = 0;
    frame->cfa_slot = 0;
}

// From the innermost frame outwards into `found`. False when there is no way.
static bool go_out(struct stack_walk *walk, const struct stack_walk_at *at,
                   bool (*readable)(uint64_t addr), uint32_t *kept_ret, uint32_t *n_ret)
{
    uint32_t top = walk->n;

    begin_at(&walk->found[0], at);
    for (uint32_t n = 0; n < FRAMES_MAX; n++) {
        struct frame *frame = &walk->found[n];
        uint32_t kept = rejoin(walk, frame, &top);
        if (kept && kept + n <= FRAMES_MAX) {
            reach_again(&walk->frames[kept - 1], frame);
            *kept_ret = kept;
            *n_ret = n;
            return true;
        }
        struct stack_rule rule = stack_rules_get(n ? frame->pc - 1 : frame->pc);
        frame->way = way_of(&rule);
        if (rule.cfa == STACK_RULE_END) {
            *kept_ret = 0;
            *n_ret = n + 1;
            return true;
        }
        if (rule.cfa == STACK_RULE_NONE || !step(walk, frame, &rule, at->sp, readable, frame + 1))
            return false;
    }
    return false;
}

// ---- when nothing changed

static void add_check(struct stack_walk *walk, uint64_t addr, uint64_t value)
{
    if (walk->n_checks < CHECKS_MAX)
        walk->checks[walk->n_checks] = (struct check){addr, value};
    walk->n_checks++;
}

static void make_checks(struct stack_walk *walk, const struct stack_walk_at *at)
{
    walk->at = *at;
    walk->needs_bp = walk->frames[walk->n - 1].needs_bp;
    walk->n_checks = 0;
    for (uint32_t i = walk->n - 1; i > 0 && walk->n_checks <= CHECKS_MAX; i--) {
        const struct frame *frame = &walk->frames[i - 1];
        add_check(walk, frame->sp - 8, frame->pc);
        if (frame->needs_bp && frame->bp_slot)
            add_check(walk, frame->bp_slot, frame->bp);
        if (frame->cfa_slot)
            add_check(walk, frame->cfa_slot, frame->sp);
    }
    if (walk->n_checks > CHECKS_MAX)
        walk->n_checks = 0;
}

static inline bool is_same(const struct stack_walk *walk, const struct stack_walk_at *at)
{
    if (!walk->n_checks || walk->at.sp != at->sp || walk->at.pc != at->pc ||
        (walk->needs_bp && walk->at.bp != at->bp))
        return false;
    uint64_t differs = 0;
    for (uint32_t i = 0; i < walk->n_checks; i++)
        differs |= load(walk->checks[i].addr) ^ walk->checks[i].value;
    return !differs;
}

static NOINLINE bool walk_anew(struct stack_walk *walk, const struct stack_walk_at *at,
                               bool (*readable)(uint64_t addr), struct stack_walk_result *ret)
{
    uint32_t kept;
    uint32_t n;

    if (!go_out(walk, at, readable, &kept, &n)) {
        stack_walk_reset(walk);
        return false;
    }
    keep(walk, kept, n);
    const struct frame *innermost = &walk->frames[walk->n - 1];
    walk->result = (struct stack_walk_result){.hash = innermost->hash,
                                              .stack_bytes = walk->frames[0].sp - at->sp};
    // It is the second time that it is the same.
    if (!n)
        make_checks(walk, at);
    else
        walk->n_checks = 0;
    *ret = walk->result;
    return true;
}

bool stack_walk(struct stack_walk *walk, const struct stack_walk_at *at,
                bool (*readable)(uint64_t addr), struct stack_walk_result *ret)
{
    uint32_t now = __atomic_load_n(&generation, __ATOMIC_RELAXED);

    if (__builtin_expect(walk->generation == now && is_same(walk, at), 1)) {
        *ret = walk->result;
        return true;
    }
    if (walk->generation != now)
        stack_walk_reset(walk);
    walk->generation = now;
    return walk_anew(walk, at, readable, ret);
}
