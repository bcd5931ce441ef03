#include "ingest/heap_pieces.h"

#include <stdlib.h>

#include "support/test.h"

// A place that pieces belong to; only its address is of interest.
static struct heap_site *site(uintptr_t i)
{
    return (struct heap_site *)(i + 1);
}

LP_TEST(heap_pieces, they_are_what_a_plain_array_has)
{
    enum { ADDRESSES = 3000, STEPS = 200000 };
    struct heap_pieces pieces = {0};
    static double bytes[ADDRESSES]; // 0 = not there.
    struct heap_piece piece;
    size_t n = 0;
    unsigned seed = 7;

    cr_expect(!heap_pieces_take(&pieces, 16, &piece));
    for (int i = 1; i <= STEPS; i++) {
        seed = seed * 1103515245 + 12345;
        uintptr_t at = seed / 65536 % ADDRESSES;
        // Neighbours, and addresses far away.
        uint64_t addr = (at % 2 ? UINT64_C(0x7f0000000000) : 0) + at * 16;
        if (seed & 0x800000 && i < STEPS / 2) {
            n += bytes[at] == 0;
            bytes[at] = i;
            heap_pieces_put(&pieces, &(struct heap_piece){addr, site(at), i, 1});
        } else {
            bool had = heap_pieces_take(&pieces, addr, &piece);
            cr_assert(had == (bytes[at] != 0), "step %d", i);
            cr_assert(!had || (piece.bytes == bytes[at] && piece.site == site(at)));
            n -= had;
            bytes[at] = 0;
        }
        cr_assert(pieces.n == n, "step %d", i);
    }
    heap_pieces_deinit(&pieces);
}
