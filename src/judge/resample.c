/* The bootstrap: see resample.h. SPDX-License-Identifier: MIT */
#include "resample.h"

#include <math.h>
#include <stdlib.h>

#define OUTSIDE 0.025 /* of the numbers, on either side */

void resample_draw(struct rng *rng, size_t *pick, size_t n) {
    for (size_t i = 0; i < n; i++)
        pick[i] = rng_below(rng, n);
}

double resample_quantile(const double *v, size_t n, double part) {
    if (!n)
        return NAN;
    double place = part * (double)(n - 1);
    size_t below = (size_t)place;
    double beyond = place - (double)below;
    return beyond > 0 ? v[below] + beyond * (v[below + 1] - v[below])
                      : v[below];
}

static int by_value(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

struct resample_interval resample_interval(double *v, size_t n) {
    size_t known = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(v[i]))
            v[known++] = v[i];
    qsort(v, known, sizeof *v, by_value);
    return (struct resample_interval){resample_quantile(v, known, OUTSIDE),
                                      resample_quantile(v, known, 1 - OUTSIDE)};
}
