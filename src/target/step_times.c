#include "target/step_times.h"

#include <stdlib.h>
#include <uthash.h>

#include "base/mem.h"
#include "event/event.h"

struct chain_key {
    uint64_t site;
    uint64_t outer;
};

struct step_chain_index {
    struct chain_key key;
    uint32_t number;
    UT_hash_handle hh;
};

void step_times_deinit(struct step_times *times)
{
    struct step_chain_index *at;
    struct step_chain_index *next;

    HASH_ITER(hh, times->index, at, next)
    {
        HASH_DEL(times->index, at);
        free(at);
    }
    free(times->chains);
    *times = (struct step_times){0};
}

static uint32_t add(struct step_times *times, const struct chain_key *key)
{
    struct step_chain_index *entry = mem_alloc(sizeof *entry);
    uint32_t outer = (uint32_t)key->outer;

    times->chains = mem_grow(times->chains, &times->capacity, times->n, sizeof *times->chains);
    times->chains[times->n++] = (struct step_chain){
        .outer = outer,
        .depth = 1 + (outer ? times->chains[outer - 1].depth : 0),
        .site = key->site,
    };
    entry->key = *key;
    entry->number = (uint32_t)times->n;
    HASH_ADD(hh, times->index, key, sizeof entry->key, entry);
    return entry->number;
}

uint32_t step_times_enter(struct step_times *times, uint32_t outer, uint64_t site)
{
    const struct chain_key key = {site, outer};
    struct step_chain_index *found;

    HASH_FIND(hh, times->index, &key, sizeof key, found);
    if (found)
        return found->number;
    for (uint32_t at = outer; at; at = times->chains[at - 1].outer)
        if (times->chains[at - 1].site == site)
            return outer;
    if (outer && times->chains[outer - 1].depth == EVENT_PLACES_MAX)
        return outer;
    return add(times, &key);
}

void step_times_add(struct step_times *times, uint32_t chain, uint64_t time_ns)
{
    if (chain)
        times->chains[chain - 1].time_ns += time_ns;
}
