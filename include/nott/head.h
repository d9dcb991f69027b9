/* Softmax, cross-entropy and dropout: the ends of the network.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_HEAD_H
#define NOTT_HEAD_H

#include <stdint.h>

#include "nott/mat.h"

/* logits[n,K] become probabilities, row by row. */
void head_softmax(real *logits, size_t n, size_t K);

/* Cross-entropy of n rows of logits[n,K] against target[n] (0..K-1, or -1 for
 * a row that does not count). nll[n] receives -ln p(target) in nats (0 where
 * it does not count), best[n] the likeliest class. With scale not 0 the logits
 * become scale * (p - onehot(target)), the gradient of scale * nll; rows that
 * do not count become 0. */
void head_cross_entropy(real *logits, const int16_t *target, size_t n, size_t K,
                        real scale, real *nll, int16_t *best);

/* x[n] times a mask that is 1/keep with probability `keep`, else 0 (Srivastava
 * et al. 2014, inverted). The mask is a function of `key` alone, so that the
 * backward pass makes the same one again instead of storing it. */
void head_dropout(real *x, size_t n, real keep, uint64_t key);

#endif
