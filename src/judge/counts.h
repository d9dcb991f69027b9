/* Rows of counts, for the rooms of traits. SPDX-License-Identifier: MIT */
#ifndef NOTT_COUNTS_H
#define NOTT_COUNTS_H

#include <math.h>
#include <stddef.h>

/* Makes numbers sum to 1; without any they say nothing. */
static inline void counts_share(double *out, size_t width) {
    double sum = 0;
    for (size_t i = 0; i < width; i++)
        sum += out[i];
    for (size_t i = 0; i < width; i++)
        out[i] = sum > 0 ? out[i] / sum : NAN;
}

static inline double counts_ratio(double part, double whole) {
    return whole > 0 ? part / whole : NAN;
}

static inline void counts_clear(double *out, size_t width) {
    for (size_t i = 0; i < width; i++)
        out[i] = 0;
}

#endif
