/* The sparse input layer: a step's input is a handful of ones in a long vector
 * of zeros, so its product with the input matrix is a sum of rows; and the
 * gradient of a row is the sum of those of the steps that have it on. Which
 * rows a place has on, and which places a row is on at, is listed once for a
 * window. SPDX-License-Identifier: MIT */
#ifndef NOTT_EMBEDDING_H
#define NOTT_EMBEDDING_H

#include "share.h"

/* The places from .. to-1 of the window: the rows that are on, but for those
 * that input dropout takes away, and by what they are multiplied. */
void embedding_list(const struct share *s, size_t from, size_t to);

/* The same seen from the rows from .. to-1; when all places are listed. */
void embedding_invert(const struct share *s, size_t from, size_t to);

/* a[places, wide] += x W over the whole window, the thread's slots and units,
 * in the columns of the input's blocks. */
void embedding_forward(const struct share *s);

/* dW = xᵀ da over the whole window, the thread's columns. */
void embedding_backward(const struct share *s);

#endif
