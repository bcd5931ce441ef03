/**
 * @file
 * How far the samples of a run are from independent ones: programs work in phases, so neighbours in
 * time tell the same, and together less than as many picked at random.
 *
 * The run is kept as batches of equal time, with the time of each piece of code in each. The variance
 * of a share p over the run is estimated from how neighbouring batches differ: with d_i what code has
 * in batch i beyond p of the batch,
 *
 *     V = m / (2 (m - 1)) * sum (d_{i+1} - d_i)^2 / (sum of all time)^2
 *
 * for m batches, taken one standard error high; and the larger of that and of the same with pairs of
 * batches. The design effect of the code is V / (p (1 - p) / n), with n the samples by Kish's effective
 * number; that of the run is the mean over code of 1 % and more, weighted with the shares.
 *
 * What changes over many batches, as reading, then computing, is the course of the program and no chance:
 * neighbours do not show it. Phases by chance that are longer than a batch (8 ms at first) look the same
 * in a run that holds few of them, and its intervals are too narrow. Following the correlation of
 * neighbours further would cover them, and make the intervals of programs with stages several times as
 * wide.
 *
 * @source W. G. Cochran, Sampling Techniques, section 8.4 (neighbours) and 6.3 (ratios); J. von
 * Neumann et al., The Mean Square Successive Difference (1941); L. Kish, Survey Sampling (1965)
 */
#ifndef LPROF_INGEST_CLUSTERING_H
#define LPROF_INGEST_CLUSTERING_H

#include <stddef.h>
#include <stdint.h>

/** What one sample is counted for: the leaf's code, and where that was called from. */
enum clustering_kind { CLUSTERING_LEAF, CLUSTERING_CALL, CLUSTERING_KINDS };

struct clustering {
    float *cells;     ///< Time [ns] of code in a batch.
    double *batches;  ///< Time of each batch [ns].
    size_t n_batches; ///< Begun so far; a bounded number.
    double batch_ns;  ///< Time of a full batch; doubles when there are too many.
    int64_t in_batch; ///< Samples of the last one.
    int64_t samples;
    double squares; ///< Of the samples' times.
};

/** No samples. */
void clustering_init(struct clustering *clustering);

/** Free all. */
void clustering_deinit(struct clustering *clustering);

/**
 * Add the next sample in time.
 *
 * @param code What tells a small piece of code from others; 0 = not known.
 */
void clustering_add(struct clustering *clustering, const uint64_t code[CLUSTERING_KINDS],
                    int64_t time_ns);

/** The design effect: 1 to half of the samples; 1 for runs too short to tell. */
double clustering_effect(const struct clustering *clustering);

#endif
