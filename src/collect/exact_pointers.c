#include "collect/exact_pointers.h"

#include <stdlib.h>
#include <uthash.h>

#include "base/cleanup.h"
#include "base/mem.h"

struct pointer_key {
    uint64_t from;
    uint64_t target; // Run address.
    uint64_t module; // Number, of `from`.
};

struct exact_pointer {
    UT_hash_handle hh;
    struct pointer_key key;
    uint64_t count;
};

static void add(struct exact_pointers *pointers, uint32_t module,
                const struct rewrite_callee *callee)
{
    const struct pointer_key key = {callee->from, callee->target, module};
    struct exact_pointer *sum;

    HASH_FIND(hh, pointers->sums, &key, sizeof key, sum);
    if (!sum) {
        sum = mem_alloc(sizeof *sum);
        sum->key = key;
        HASH_ADD(hh, pointers->sums, key, sizeof key, sum);
    }
    sum->count += callee->count;
}

static void add_module(struct exact_pointers *pointers, const struct exact_module *module,
                       const uint64_t *slots)
{
    for (size_t i = 0; i < module->choice.n_functions; i++) {
        const struct exact_function *function = &module->functions[i];
        CLEANUP(cleanup_free) struct rewrite_callee *callees = NULL;
        if (function->refusal)
            continue;
        size_t n = rewrite_callees(module->rewrite, function->rewritten, slots + module->first_slot,
                                   &callees);
        for (size_t j = 0; j < n; j++)
            add(pointers, module->number, &callees[j]);
    }
}

void exact_pointers_add(struct exact_pointers *pointers, const uint64_t *slots)
{
    for (size_t i = 0; i < pointers->modules->count; i++)
        if (pointers->modules->items[i]->installed)
            add_module(pointers, pointers->modules->items[i], slots);
}

// A pointer may lead to a function itself, or to a stub of whatever module.
static const struct exact_callee *find(const struct exact_modules *modules,
                                       const struct exact_calls *calls, uint64_t target)
{
    for (size_t i = modules->installed.count; i-- > 0;) {
        const struct exact_place *place = &modules->installed.items[i];
        const struct exact_callee *callee =
            exact_calls_find(calls, place->copies->module, target - place->bias);
        if (callee)
            return callee;
    }
    return NULL;
}

void exact_pointers_tell(const struct exact_pointers *pointers, const struct exact_calls *calls,
                         const struct event_sink *sink)
{
    const struct exact_pointer *sum;
    const struct exact_pointer *next;

    for (sum = pointers->sums; sum; sum = next) {
        const struct exact_callee *callee = find(pointers->modules, calls, sum->key.target);
        next = sum->hh.next;
        if (!callee || !sum->count)
            continue;
        struct event event = {.kind = EVENT_COUNTER,
                              .u.counter = {.kind = EVENT_COUNTER_CALL,
                                            .from_module = (uint32_t)sum->key.module,
                                            .from = sum->key.from,
                                            .module = callee->module,
                                            .addr = callee->entry,
                                            .count = sum->count}};
        sink->receive(sink->context, &event);
    }
}

void exact_pointers_deinit(struct exact_pointers *pointers)
{
    struct exact_pointer *sum;
    struct exact_pointer *next;

    HASH_ITER(hh, pointers->sums, sum, next)
    {
        HASH_DEL(pointers->sums, sum);
        free(sum);
    }
}
