// Open addressing with linear probing. A piece that is taken out leaves no mark: those behind it that its
// gap would cut off from their places move up.
#include "ingest/heap_pieces.h"

#include <stdlib.h>

#include "base/mem.h"

enum { SIZE_MIN = 64 };

void heap_pieces_deinit(struct heap_pieces *pieces)
{
    free(pieces->slots);
    *pieces = (struct heap_pieces){0};
}

static size_t place_of(const struct heap_pieces *pieces, uint64_t addr)
{
    return (size_t)((addr >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (pieces->size - 1);
}

// Where a piece is, or the gap where it would be.
static size_t find(const struct heap_pieces *pieces, uint64_t addr)
{
    size_t i = place_of(pieces, addr);

    while (pieces->slots[i].site && pieces->slots[i].addr != addr)
        i = (i + 1) & (pieces->size - 1);
    return i;
}

static void grow(struct heap_pieces *pieces)
{
    struct heap_pieces larger = {.size = pieces->size ? 2 * pieces->size : SIZE_MIN,
                                 .n = pieces->n};

    larger.slots = mem_alloc_array(larger.size, sizeof *larger.slots);
    for (size_t i = 0; i < pieces->size; i++)
        if (pieces->slots[i].site)
            larger.slots[find(&larger, pieces->slots[i].addr)] = pieces->slots[i];
    free(pieces->slots);
    *pieces = larger;
}

void heap_pieces_put(struct heap_pieces *pieces, const struct heap_piece *piece)
{
    // At most two thirds full.
    if (3 * (pieces->n + 1) > 2 * pieces->size)
        grow(pieces);
    struct heap_piece *slot = &pieces->slots[find(pieces, piece->addr)];
    pieces->n += !slot->site;
    *slot = *piece;
}

static void close_gap(struct heap_pieces *pieces, size_t gap)
{
    size_t mask = pieces->size - 1;

    for (size_t i = (gap + 1) & mask; pieces->slots[i].site; i = (i + 1) & mask) {
        size_t way = (i - place_of(pieces, pieces->slots[i].addr)) & mask;
        if (way >= ((i - gap) & mask)) {
            pieces->slots[gap] = pieces->slots[i];
            gap = i;
        }
    }
    pieces->slots[gap].site = NULL;
}

bool heap_pieces_take(struct heap_pieces *pieces, uint64_t addr, struct heap_piece *ret)
{
    size_t i = pieces->size ? find(pieces, addr) : 0;

    if (!pieces->size || !pieces->slots[i].site)
        return false;
    *ret = pieces->slots[i];
    close_gap(pieces, i);
    pieces->n--;
    return true;
}
