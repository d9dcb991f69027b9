/* The bootstrap (Efron 1979): how far a number would be another one with other
 * tunes of the same kind. Tunes are drawn with replacement, as many as there
 * are, RESAMPLE_DRAWS times, and 95 % of the numbers that these give lie in the
 * interval. SPDX-License-Identifier: MIT */
#ifndef NOTT_RESAMPLE_H
#define NOTT_RESAMPLE_H

#include <stddef.h>

#include "nott/base/rng.h"

#define RESAMPLE_DRAWS 1000

struct resample_interval {
    double low, high;
};

/* n numbers below n. */
void resample_draw(struct rng *rng, size_t *pick, size_t n);

/* The value below which a share of n ascending numbers lies, between the two
 * nearest in proportion; NaN of none. */
double resample_quantile(const double *v, size_t n, double part);

/* Of the numbers, NaN left out; sorts them. */
struct resample_interval resample_interval(double *v, size_t n);

#endif
