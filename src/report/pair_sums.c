// Asked once for each frame of each stack, which is the bulk of a report's work: half the time of
// uthash, which calls a general hash and follows two pointers per question.

#include "report/pair_sums.h"

#include <stdlib.h>

#include "base/mem.h"

#define FIRST_SLOTS 256

void pair_sums_deinit(struct pair_sums *sums)
{
    free(sums->items);
    free(sums->slots);
    *sums = (struct pair_sums){0};
}

// Fibonacci hashing: the product's upper bits depend on all bits of both numbers.
static size_t slot_of(const struct pair_sums *sums, uint32_t first, uint32_t second)
{
    uint64_t key = (uint64_t)first << 32 | second;
    uint64_t mixed = (key ^ key >> 29) * 0x9E3779B97F4A7C15u;

    return (size_t)(mixed >> 32) & (sums->n_slots - 1);
}

static uint32_t *find_slot(const struct pair_sums *sums, uint32_t first, uint32_t second)
{
    size_t slot = slot_of(sums, first, second);

    while (sums->slots[slot]) {
        const struct pair_sum *item = &sums->items[sums->slots[slot] - 1];
        if (item->first == first && item->second == second)
            break;
        slot = (slot + 1) & (sums->n_slots - 1);
    }
    return &sums->slots[slot];
}

// At most half of the slots are taken, so that a free one is near.
static void make_room(struct pair_sums *sums)
{
    if (2 * (sums->n + 1) <= sums->n_slots)
        return;
    free(sums->slots);
    sums->n_slots = sums->n_slots ? 2 * sums->n_slots : FIRST_SLOTS;
    sums->slots = mem_alloc_array(sums->n_slots, sizeof *sums->slots);
    for (size_t i = 0; i < sums->n; i++)
        *find_slot(sums, sums->items[i].first, sums->items[i].second) = (uint32_t)i + 1;
}

struct pair_sum *pair_sums_get(struct pair_sums *sums, uint32_t first, uint32_t second)
{
    make_room(sums);
    uint32_t *slot = find_slot(sums, first, second);
    if (!*slot) {
        sums->items = mem_grow(sums->items, &sums->capacity, sums->n, sizeof *sums->items);
        sums->items[sums->n++] = (struct pair_sum){.first = first, .second = second};
        *slot = (uint32_t)sums->n;
    }
    return &sums->items[*slot - 1];
}
