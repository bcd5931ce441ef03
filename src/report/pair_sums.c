// Asked once for each frame of each stack, which is the bulk of a report's work: one cache line per
// question, where uthash follows two pointers.

#include "report/pair_sums.h"

#include <stdlib.h>

#include "base/mem.h"

#define FIRST_SLOTS 256

void pair_sums_deinit(struct pair_sums *sums)
{
    free(sums->slots);
    *sums = (struct pair_sums){0};
}

// Fibonacci hashing: the product's upper bits depend on all bits of both numbers.
static size_t hash(uint32_t first, uint32_t second)
{
    uint64_t key = (uint64_t)first << 32 | second;

    return (size_t)(((key ^ key >> 29) * 0x9E3779B97F4A7C15u) >> 32);
}

// The slot of the pair, or the empty one where it belongs.
static struct pair_sum *find_slot(struct pair_sum *slots, size_t n_slots, uint32_t first,
                                  uint32_t second)
{
    size_t at = hash(first, second) & (n_slots - 1);

    while (slots[at].used && (slots[at].first != first || slots[at].second != second))
        at = (at + 1) & (n_slots - 1);
    return &slots[at];
}

// At most half of the slots are in use, so that an empty one is near.
static void make_room(struct pair_sums *sums)
{
    if (2 * (sums->n + 1) <= sums->n_slots)
        return;
    size_t n_slots = sums->n_slots ? 2 * sums->n_slots : FIRST_SLOTS;
    struct pair_sum *slots = mem_alloc_array(n_slots, sizeof *slots);
    for (size_t i = 0; i < sums->n_slots; i++) {
        const struct pair_sum *old = &sums->slots[i];
        if (old->used)
            *find_slot(slots, n_slots, old->first, old->second) = *old;
    }
    free(sums->slots);
    sums->slots = slots;
    sums->n_slots = n_slots;
}

struct pair_sum *pair_sums_get(struct pair_sums *sums, uint32_t first, uint32_t second)
{
    make_room(sums);
    struct pair_sum *slot = find_slot(sums->slots, sums->n_slots, first, second);
    if (!slot->used) {
        *slot = (struct pair_sum){.first = first, .second = second, .used = true};
        sums->n++;
    }
    return slot;
}
