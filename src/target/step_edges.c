#include "target/step_edges.h"

#include <stdlib.h>

#include "base/mem.h"

static struct step_edge *find(const struct step_edges *edges, uint64_t from, uint64_t to)
{
    uint64_t hash = (from * 31 + to) * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = (hash >> 32) & (edges->capacity - 1);

    while (edges->slots[slot].count &&
           (edges->slots[slot].from != from || edges->slots[slot].to != to))
        slot = (slot + 1) & (edges->capacity - 1);
    return &edges->slots[slot];
}

static void grow(struct step_edges *edges)
{
    struct step_edges larger = {.capacity = edges->capacity ? 2 * edges->capacity : 256};

    larger.slots = mem_alloc_array(larger.capacity, sizeof *larger.slots);
    for (size_t i = 0; i < edges->capacity; i++) {
        const struct step_edge *edge = &edges->slots[i];
        if (edge->count)
            *find(&larger, edge->from, edge->to) = *edge;
    }
    free(edges->slots);
    edges->slots = larger.slots;
    edges->capacity = larger.capacity;
}

void step_edges_deinit(struct step_edges *edges)
{
    free(edges->slots);
    *edges = (struct step_edges){0};
}

void step_edges_add(struct step_edges *edges, uint64_t from, uint64_t to, uint64_t count)
{
    if (2 * edges->count >= edges->capacity)
        grow(edges);
    struct step_edge *edge = find(edges, from, to);
    if (!edge->count) {
        *edge = (struct step_edge){.from = from, .to = to};
        edges->count++;
    }
    edge->count += count;
}
