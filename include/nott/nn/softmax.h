/* Softmax and cross-entropy: the ends of the network.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SOFTMAX_H
#define NOTT_SOFTMAX_H

#include <stdint.h>

#include "nott/nn/mat.h"

#define SOFTMAX_CLASSES 257 /* K at most */

/* out[K] = e^(x - largest), with the largest of x[K], which is returned: what
 * is proportional to the probabilities and cannot overflow. */
real softmax_exp(const real *x, size_t K, real *out);

/* Logits to log probabilities: x[K] -= ln Σ e^x, summed in double. */
void softmax_log_normalize(real *x, size_t K);

/* Cross-entropy of n rows of logits[n,K] against target[n] (0..K-1, or -1 for
 * a row that does not count). nll[n] receives -ln p(target) in nats (0 where
 * it does not count), best[n] the likeliest class. With scale not 0 the logits
 * become scale * (p - onehot(target)), the gradient of scale * nll; rows that
 * do not count become 0. */
void softmax_cross_entropy(real *logits, const int16_t *target, size_t n,
                           size_t K, real scale, real *nll, int16_t *best);

/* The same with copying (a pointer mixture: Merity et al. 2017, section 2):
 * besides its own K classes each row offers the classes copy[L], and has the
 * numbers of 1 + L gates behind its logits: row[K + 1 + L]. With p the softmax
 * of the logits and g that of the gates,
 *   p(y) = g0 p_y + sum_j g_j [copy_j = y],
 * the marginal over all ways to y, so that nats stay comparable. A copy of -1
 * is not there, and its gate counts for g0. The gradient overwrites all
 * K + 1 + L numbers of a row. */
void softmax_copy_entropy(real *logits, const int16_t *copy,
                          const int16_t *target, size_t n, size_t K, size_t L,
                          real scale, real *nll, int16_t *best);

/* How the probabilities are bent before a class is drawn: what is new by a
 * sharpness of its own, so that it becomes safer without being copied more
 * often, and the choice between new and copied by another. */
struct softmax_params {
    real sharpness; /* factor on the logits: 1 / temperature */
    real min_p;     /* classes less likely than this share of the likeliest have
                     * p = 0 (Nguyen et al. 2024); 0 = none has */
    real gate_sharpness; /* factor on the gates' logits; 0 = as they are */
};

/* Logits to log probabilities, row by row: log_p[n,K]; minus infinity where
 * p = 0. L may be 0, and then there are no gates. `parameters` NULL = unbent.
 */
void softmax_log_p(const real *logits, const int16_t *copy, size_t n, size_t K,
                   size_t L, const struct softmax_params *params, real *log_p);

#endif
