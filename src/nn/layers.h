/* The recurrent layers in one thread's share of a pass, for the steps
 * t0 .. t1-1 of a chunk. All threads call these together.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_LAYERS_H
#define NOTT_LAYERS_H

#include "share.h"

/* What the first layer gets of the window's input; and the states that the
 * window begins with are zero where a tune begins. When the input is listed. */
void layers_begin(const struct share *s);

/* Layer l from its input, which layers_begin made for the first, to its states,
 * and to what the next layer reads; of the top layer in training only to its
 * states. Ends when all threads of the group have. */
void layers_forward(const struct share *s, size_t l, size_t t0, size_t t1);

/* Makes again what is read of every layer: a function of its states. */
void layers_outputs(const struct share *s, size_t t0, size_t t1);

/* From the gradient of layer l's output, which lies in its place, to those of
 * its weights (but for the input's of layer 0) and of the output of the layer
 * below; dh and dc of the layer hold what flows back from later steps. */
void layers_backward(const struct share *s, size_t l, size_t t0, size_t t1);

/* x[n], numbers from .. from+n-1 of a vector, times a mask that is 1/keep with
 * probability `keep`, else 0 (Srivastava et al. 2014, inverted). The mask is a
 * function of `key` and the number alone, so that the backward pass makes the
 * same one again instead of storing it. */
void layers_dropout(real *x, size_t from, size_t n, real keep, uint64_t key);

/* Of the rows that are on at a place of the window: dropout of the one-hot
 * vector. */
void layers_input_dropout(const struct share *s, size_t place, real *scale);

#endif
