/* The recurrent layers of one shard, for the steps t0 .. t1-1 of a chunk.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_LAYERS_H
#define NOTT_LAYERS_H

#include "shard.h"

/* Layer l from its input to its states, and to what the next layer reads; of
 * the top layer in training only to its states. */
void layers_forward(const struct shard *s, size_t l, size_t t0, size_t t1);

/* Makes again what is read of every layer: a function of its states. */
void layers_outputs(const struct shard *s, size_t t0, size_t t1);

/* From the gradient of layer l's output, which lies in its place, to those of
 * its weights and of the output of the layer below; dh and dc of the layer hold
 * what flows back from later steps. */
void layers_backward(const struct shard *s, size_t l, size_t t0, size_t t1);

/* x[n] times a mask that is 1/keep with probability `keep`, else 0 (Srivastava
 * et al. 2014, inverted). The mask is a function of `key` alone, so that the
 * backward pass makes the same one again instead of storing it. */
void layers_dropout(real *x, size_t n, real keep, uint64_t key);

#endif
