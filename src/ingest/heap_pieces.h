/**
 * @file
 * What lives in one process's heap, by address: a table for millions of pieces that come and go.
 */
#ifndef LPROF_INGEST_HEAP_PIECES_H
#define LPROF_INGEST_HEAP_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_site;

struct heap_piece {
    uint64_t addr;
    struct heap_site *site; ///< NULL = no piece.
    double bytes;
    double count; ///< How many it stands for.
};

/** Zeroed = empty. */
struct heap_pieces {
    struct heap_piece *slots; ///< [size] pieces and gaps.
    size_t size;              ///< A power of two, or 0.
    size_t n;
};

/** Free all. */
void heap_pieces_deinit(struct heap_pieces *pieces);

/** Add a piece, or replace the one at its address. */
void heap_pieces_put(struct heap_pieces *pieces, const struct heap_piece *piece);

/** Take the piece at an address out. False when there is none. */
bool heap_pieces_take(struct heap_pieces *pieces, uint64_t addr, struct heap_piece *ret);

#endif
