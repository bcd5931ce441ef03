// Code is told apart by a hash of few bits, which bounds the memory: two pieces that share a cell are
// one larger piece, whose share varies as any other's.
#include "ingest/clustering.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    CELLS = 256,   // for each kind
    BATCHES = 256, // at most; a power of two
    BATCH_MIN = 8, // samples of a full batch
    ENOUGH = 8,    // batches, to say anything about their variance
    CELL_BITS = 8, // of CELLS
};

#define FIRST_BATCH_NS 8e6
#define SHARE_MIN 0.01

// Variances from few batches are themselves uncertain: n successive differences have about f = 2 n / 3
// degrees of freedom, and the estimate a relative standard error of sqrt(2 / f). It is taken one such
// error high: an interval that is too wide misleads less than one that is too narrow.
#define SQUARED_ERROR 3.0

void clustering_init(struct clustering *clustering)
{
    *clustering = (struct clustering){.batch_ns = FIRST_BATCH_NS};
    clustering->cells =
        mem_alloc_array((size_t)CLUSTERING_KINDS * CELLS * BATCHES, sizeof *clustering->cells);
    clustering->batches = mem_alloc_array(BATCHES, sizeof *clustering->batches);
}

void clustering_deinit(struct clustering *clustering)
{
    free(clustering->cells);
    free(clustering->batches);
}

static float *cells_of(const struct clustering *clustering, size_t batch)
{
    return clustering->cells + batch * CLUSTERING_KINDS * CELLS;
}

// Every two batches become one.
static void merge_pairs(struct clustering *clustering)
{
    const size_t size = (size_t)CLUSTERING_KINDS * CELLS;
    const size_t half = BATCHES / 2;

    for (size_t i = 0; i < half; i++) {
        float *into = cells_of(clustering, i);
        const float *a = cells_of(clustering, 2 * i);
        const float *b = cells_of(clustering, 2 * i + 1);
        for (size_t j = 0; j < size; j++)
            into[j] = a[j] + b[j];
        clustering->batches[i] = clustering->batches[2 * i] + clustering->batches[2 * i + 1];
    }
    memset(cells_of(clustering, half), 0, half * size * sizeof(float));
    memset(clustering->batches + half, 0, half * sizeof *clustering->batches);
    clustering->n_batches = half;
    clustering->batch_ns *= 2;
}

static void next_batch(struct clustering *clustering)
{
    if (clustering->n_batches == BATCHES)
        merge_pairs(clustering);
    clustering->n_batches++;
    clustering->in_batch = 0;
}

static bool is_full(const struct clustering *clustering)
{
    return clustering->in_batch >= BATCH_MIN &&
           clustering->batches[clustering->n_batches - 1] >= clustering->batch_ns;
}

// Neighbouring addresses must not meet more often than any others.
static size_t cell_of(uint64_t code)
{
    return (size_t)(code * UINT64_C(0x9e3779b97f4a7c15) >> (64 - CELL_BITS));
}

void clustering_add(struct clustering *clustering, const uint64_t code[CLUSTERING_KINDS],
                    int64_t time_ns)
{
    if (!clustering->n_batches || is_full(clustering))
        next_batch(clustering);
    size_t batch = clustering->n_batches - 1;
    for (size_t i = 0; i < CLUSTERING_KINDS; i++)
        cells_of(clustering, batch)[i * CELLS + cell_of(code[i])] += (float)time_ns;
    clustering->batches[batch] += (double)time_ns;
    clustering->in_batch++;
    clustering->samples++;
    clustering->squares += (double)time_ns * (double)time_ns;
}

// The variance of a cell's share, from batches of `width` neighbours each.
static double variance(const struct clustering *clustering, size_t cell, double share, double total,
                       size_t width)
{
    size_t n = clustering->n_batches / width;
    double before = 0;
    double squares = 0;

    if (n < ENOUGH)
        return 0;
    for (size_t i = 0; i < n; i++) {
        double beyond = 0;
        for (size_t j = i * width; j < (i + 1) * width; j++)
            beyond += (double)cells_of(clustering, j)[cell] - share * clustering->batches[j];
        squares += i ? (beyond - before) * (beyond - before) : 0;
        before = beyond;
    }
    double doubt = 1 + sqrt(SQUARED_ERROR / (double)n);
    return doubt * (double)n / (2 * ((double)n - 1)) * squares / (total * total);
}

static double share_of(const struct clustering *clustering, size_t cell, double total)
{
    double sum = 0;

    for (size_t i = 0; i < clustering->n_batches; i++)
        sum += (double)cells_of(clustering, i)[cell];
    return sum / total;
}

// The mean design effect of the cells of a kind.
static double effect_of(const struct clustering *clustering, enum clustering_kind kind,
                        double total)
{
    double n = total * total / clustering->squares;
    double sum = 0;
    double weights = 0;

    for (size_t i = 0; i < CELLS; i++) {
        size_t cell = (size_t)kind * CELLS + i;
        double share = share_of(clustering, cell, total);
        if (share < SHARE_MIN || share > 1 - SHARE_MIN)
            continue;
        double found = fmax(variance(clustering, cell, share, total, 1),
                            variance(clustering, cell, share, total, 2));
        sum += share * found / (share * (1 - share) / n);
        weights += share;
    }
    return weights > 0 ? sum / weights : 1;
}

double clustering_effect(const struct clustering *clustering)
{
    double total = 0;
    double effect = 1;

    for (size_t i = 0; i < clustering->n_batches; i++)
        total += clustering->batches[i];
    for (size_t i = 0; i < CLUSTERING_KINDS && total > 0; i++)
        effect = fmax(effect, effect_of(clustering, (enum clustering_kind)i, total));
    return fmax(fmin(effect, (double)clustering->samples / 2), 1);
}
