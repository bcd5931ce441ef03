/**
 * @file
 * How far a sampled time may be off.
 */
#ifndef LPROF_REPORT_INTERVAL_H
#define LPROF_REPORT_INTERVAL_H

#include <stdint.h>

/**
 * Half-width of the 95 % interval of a share that `hits` of `n` samples show, by Wilson's score.
 *
 * @param design_effect How much larger the variance is than that of `n` independent samples of
 * equal weight: 1 = not at all.
 * @return 0..0.5; 0.5 when `n` is 0.
 * @source E. B. Wilson, Probable Inference (1927); L. Kish, Survey Sampling (1965)
 */
double interval_half_width(int64_t hits, int64_t n, double design_effect);

/** The same as a time [ns], of `total_ns` that all samples stand for. */
int64_t interval_half_width_ns(int64_t hits, int64_t n, int64_t total_ns, double design_effect);

/** Half-width of the 95 % interval of a sum with this variance. */
int64_t interval_of_variance(int64_t variance);

#endif
