#include "collect/exact_calls.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int compare_entries(const void *a, const void *b)
{
    const struct exact_callee *x = a;
    const struct exact_callee *y = b;

    if (x->module != y->module)
        return x->module < y->module ? -1 : 1;
    return (x->entry > y->entry) - (x->entry < y->entry);
}

static int compare_names(const void *a, const void *b)
{
    const struct exact_callee *x = a;
    const struct exact_callee *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : compare_entries(a, b);
}

static void add_functions(struct exact_calls *calls, size_t *capacity,
                          const struct exact_module *module)
{
    for (size_t i = 0; i < module->choice.n_functions; i++) {
        struct object_symbol symbol;
        if (module->functions[i].refusal)
            continue;
        uint64_t entry = module->functions[i].entry;
        bool named = object_symbol_at(module->object, entry, &symbol) && symbol.addr == entry;
        calls->by_entry = mem_grow(calls->by_entry, capacity, calls->n, sizeof *calls->by_entry);
        calls->by_entry[calls->n++] =
            (struct exact_callee){module->number, entry, named ? symbol.name : ""};
    }
}

void exact_calls_init(struct exact_calls *ret, struct exact_module *const *modules, size_t count)
{
    size_t capacity = 0;

    *ret = (struct exact_calls){0};
    for (size_t i = 0; i < count; i++)
        if (modules[i]->installed)
            add_functions(ret, &capacity, modules[i]);
    if (!ret->n)
        return;
    ret->by_name = mem_dup(ret->by_entry, ret->n * sizeof *ret->by_name);
    qsort(ret->by_entry, ret->n, sizeof *ret->by_entry, compare_entries);
    qsort(ret->by_name, ret->n, sizeof *ret->by_name, compare_names);
}

void exact_calls_deinit(struct exact_calls *calls)
{
    free(calls->by_entry);
    free(calls->by_name);
    *calls = (struct exact_calls){0};
}

// The first one of a name that is `length` long.
static const struct exact_callee *find_name(const struct exact_calls *calls, const char *name,
                                            size_t length)
{
    size_t low = 0;
    size_t high = calls->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *other = calls->by_name[middle].name;
        if (strncmp(other, name, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const struct exact_callee *callee = low < calls->n ? &calls->by_name[low] : NULL;
    // Among those that begin with it, the name itself comes first.
    return callee && strncmp(callee->name, name, length) == 0 && !callee->name[length] ? callee
                                                                                       : NULL;
}

const struct exact_callee *exact_calls_find(const struct exact_calls *calls,
                                            const struct exact_module *from, uint64_t addr)
{
    static const char stub[] = "@plt";
    const struct exact_callee key = {from->number, addr, ""};
    struct object_symbol symbol;

    if (!calls->n)
        return NULL;
    const struct exact_callee *direct =
        bsearch(&key, calls->by_entry, calls->n, sizeof key, compare_entries);
    if (direct || !object_symbol_at(from->object, addr, &symbol))
        return direct;
    size_t length = strlen(symbol.name);
    if (length < sizeof stub || strcmp(symbol.name + length - (sizeof stub - 1), stub) != 0)
        return NULL;
    return find_name(calls, symbol.name, length - (sizeof stub - 1));
}
