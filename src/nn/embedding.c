/* The sparse input layer: see embedding.h. SPDX-License-Identifier: MIT */
#include "embedding.h"

#include "act.h"

ACT_VECTOR
static void add_scaled(real *restrict y, const real *restrict x, real a,
                       size_t n) {
    for (size_t j = 0; j < n; j++)
        y[j] += a * x[j];
}

void embedding_forward(real *dst, const real *w, size_t n, const uint16_t *row,
                       const real *scale, size_t A) {
    for (size_t k = 0; k < A; k++)
        if (scale[k] != 0)
            add_scaled(dst, w + row[k] * n, scale[k], n);
}

void embedding_backward(real *dw, const real *d, size_t n, const uint16_t *row,
                        const real *scale, size_t A) {
    for (size_t k = 0; k < A; k++)
        if (scale[k] != 0)
            add_scaled(dw + row[k] * n, d, scale[k], n);
}
