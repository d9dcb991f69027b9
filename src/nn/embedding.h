/* The sparse input layer: a step's input is a handful of ones in a long vector
 * of zeros, so its product with the input matrix is a sum of rows.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_EMBEDDING_H
#define NOTT_EMBEDDING_H

#include <stdint.h>

#include "nott/nn/mat.h"

/* dst[n] += scale[k] * w[row[k], n] over the A active rows. */
void embedding_forward(real *dst, const real *w, size_t n, const uint16_t *row,
                       const real *scale, size_t A);

/* dw[row[k], n] += scale[k] * d[n]: the gradient of the above. */
void embedding_backward(real *dw, const real *d, size_t n, const uint16_t *row,
                        const real *scale, size_t A);

#endif
