// A table without locks: of the two words of an entry, the first is the address mixed with the second, so
// that halves of two different entries are no entry.
#include "preload/stack_rules.h"

#include <stdbool.h>
#include <string.h>

#include "preload/call_frames.h"
#include "preload/modules.h"

struct entry {
    uint64_t check;
    uint64_t rule; // 0 = empty.
};

enum { OFFSET_BITS = 28 };

static const uint64_t n_entries = STACK_RULES_BYTES / sizeof(struct entry);
static struct entry *entries;

void stack_rules_init(void *memory)
{
    modules_init();
    entries = memory;
}

void stack_rules_forget(void)
{
    if (entries)
        memset(entries, 0, STACK_RULES_BYTES);
}

static bool fits(int32_t offset)
{
    return offset >= -(1 << (OFFSET_BITS - 1)) && offset < 1 << (OFFSET_BITS - 1);
}

static uint64_t pack(const struct stack_rule *rule)
{
    const uint64_t mask = (UINT64_C(1) << OFFSET_BITS) - 1;

    return (uint64_t)rule->cfa | (uint64_t)rule->bp << 3 |
           ((uint64_t)rule->cfa_offset & mask) << 8 |
           ((uint64_t)rule->bp_offset & mask) << (8 + OFFSET_BITS);
}

static int32_t offset_in(uint64_t word, unsigned shift)
{
    return (int32_t)((int64_t)(word << (64 - OFFSET_BITS - shift)) >> (64 - OFFSET_BITS));
}

static struct stack_rule unpack(uint64_t word)
{
    return (struct stack_rule){.cfa = (enum stack_rule_cfa)(word & 7),
                               .bp = (enum stack_rule_bp)(word >> 3 & 3),
                               .cfa_offset = offset_in(word, 8),
                               .bp_offset = offset_in(word, 8 + OFFSET_BITS)};
}

static struct stack_rule find_rule(uint64_t pc)
{
    const uint8_t *header = modules_call_frames(pc);
    struct stack_rule rule = {.cfa = STACK_RULE_NONE};

    if (header)
        rule = call_frames_rule(header, pc);
    if (!fits(rule.cfa_offset) || !fits(rule.bp_offset))
        rule = (struct stack_rule){.cfa = STACK_RULE_NONE};
    return rule;
}

struct stack_rule stack_rules_get(uint64_t pc)
{
    struct entry *entry = &entries[(pc * UINT64_C(0x9e3779b97f4a7c15) >> 32) % n_entries];
    uint64_t word = __atomic_load_n(&entry->rule, __ATOMIC_RELAXED);
    uint64_t check = __atomic_load_n(&entry->check, __ATOMIC_RELAXED);

    if (word && (check ^ word) == pc)
        return unpack(word);
    struct stack_rule rule = find_rule(pc);
    word = pack(&rule);
    __atomic_store_n(&entry->rule, word, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->check, pc ^ word, __ATOMIC_RELAXED);
    return rule;
}
