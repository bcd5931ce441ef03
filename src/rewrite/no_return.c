#include "rewrite/no_return.h"

#include <stdlib.h>

#include "base/mem.h"
#include "code/encoding.h"
#include "rewrite/sites.h"

// Where the address of what is called lies, if not in the call itself.
#define THROUGH_POINTER (1ull << 63)

// A number for what is called; 0 when the call does not tell.
static uint64_t callee_of(const struct copy *copy, uint32_t call)
{
    const struct insn *insn = copy_insn(copy, call);
    struct encoding e;
    size_t size;
    const uint8_t *bytes = copy_bytes_at(copy, insn->addr, &size);

    if (insn->has_target)
        return insn->target;
    if (!bytes || !encoding_parse(bytes, insn->size, &e) || e.base != ENCODING_RIP)
        return 0;
    return (insn->addr + insn->size + (uint64_t)(int64_t)e.disp) | THROUGH_POINTER;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

void no_return_init(struct no_return *ret, const struct copy *copies, size_t count)
{
    size_t capacity = 0;

    *ret = (struct no_return){0};
    for (size_t i = 0; i < count; i++) {
        const struct flow *flow = copies[i].function->flow;
        for (uint32_t k = 0; k < flow->insn_count; k++) {
            if (flow->insns[k].insn.kind != INSN_CALL || flow->insns[k].block == FLOW_NONE ||
                sites_return_of(&copies[i], k) != COPY_NONE)
                continue;
            ret->callees = mem_grow(ret->callees, &capacity, ret->count, sizeof *ret->callees);
            ret->callees[ret->count++] = callee_of(&copies[i], k);
        }
    }
    if (ret->count)
        qsort(ret->callees, ret->count, sizeof *ret->callees, compare);
}

void no_return_deinit(struct no_return *no_return)
{
    free(no_return->callees);
}

bool no_return_has(const struct no_return *no_return, const struct copy *copy, uint32_t call)
{
    uint64_t callee = callee_of(copy, call);

    return callee && no_return->count &&
           bsearch(&callee, no_return->callees, no_return->count, sizeof callee, compare);
}
