#include "ingest/numbered_stacks.h"

#include <stdlib.h>
#include <uthash.h>

#include "base/mem.h"

struct numbered_stack {
    uint64_t number;
    uint32_t stack;
    UT_hash_handle hh;
};

void numbered_stacks_deinit(struct numbered_stacks *numbered)
{
    struct numbered_stack *stack;
    struct numbered_stack *next;

    HASH_ITER(hh, numbered->stacks, stack, next)
    {
        HASH_DEL(numbered->stacks, stack);
        free(stack);
    }
    *numbered = (struct numbered_stacks){0};
}

static struct numbered_stack *find(const struct numbered_stacks *numbered, uint64_t number)
{
    struct numbered_stack *found;

    if (numbered->last && numbered->last->number == number)
        return numbered->last;
    HASH_FIND(hh, numbered->stacks, &number, sizeof number, found);
    return found;
}

void numbered_stacks_put(struct numbered_stacks *numbered, uint64_t number, uint32_t stack)
{
    struct numbered_stack *found = find(numbered, number);

    if (!found) {
        found = mem_alloc(sizeof *found);
        found->number = number;
        HASH_ADD(hh, numbered->stacks, number, sizeof found->number, found);
    }
    found->stack = stack;
}

bool numbered_stacks_get(struct numbered_stacks *numbered, uint64_t number, uint32_t *ret)
{
    struct numbered_stack *found = find(numbered, number);

    if (!found)
        return false;
    numbered->last = found;
    *ret = found->stack;
    return true;
}
