/* What learners are given: examples of two kinds, by the column.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_EXAMPLES_H
#define NOTT_EXAMPLES_H

#include <stddef.h>
#include <stdint.h>

struct examples {
    double *x;  /* [width, n]: column j begins at x[j * n]; NaN = unknown */
    uint8_t *y; /* [n]: 0 or 1 */
    size_t n, width;
};

/* What an example counts, such that both kinds count the same, n / 2. */
static inline void examples_weights(const struct examples *x, double of[2]) {
    double ones = 0, n = (double)x->n;
    for (size_t i = 0; i < x->n; i++)
        ones += x->y[i];
    of[0] = n > ones ? n / 2 / (n - ones) : 0;
    of[1] = ones > 0 ? n / 2 / ones : 0;
}

#endif
