/* Softmax, cross-entropy and dropout: see head.h.
 * SPDX-License-Identifier: MIT */
#include "nott/head.h"

#include <assert.h>

#include "nott/act.h"
#include "nott/rng.h"

ACT_VECTOR
static void exp_all(real *x, size_t K, real shift) {
    for (size_t k = 0; k < K; k++)
        x[k] = act_exp(x[k] - shift);
}

static size_t argmax(const real *x, size_t K) {
    size_t best = 0;
    for (size_t k = 1; k < K; k++)
        if (x[k] > x[best])
            best = k;
    return best;
}

/* Makes probabilities of one row and returns the log of the sum of the
 * exponentials, relative to the largest logit. */
static real softmax_row(real *x, size_t K, real largest) {
    exp_all(x, K, largest);
    real sum = 0;
    for (size_t k = 0; k < K; k++)
        sum += x[k];
    for (size_t k = 0; k < K; k++)
        x[k] /= sum;
    return (real)log(sum);
}

void head_softmax(real *logits, size_t n, size_t K) {
    for (size_t i = 0; i < n; i++, logits += K)
        softmax_row(logits, K, logits[argmax(logits, K)]);
}

void head_cross_entropy(real *logits, const int16_t *target, size_t n, size_t K,
                        real scale, real *nll, int16_t *best) {
    for (size_t i = 0; i < n; i++, logits += K) {
        if (target[i] < 0) {
            nll[i] = 0;
            best[i] = -1;
            memset(logits, 0, K * sizeof *logits);
            continue;
        }
        size_t y = (size_t)target[i], top = argmax(logits, K);
        assert(y < K);
        real largest = logits[top], own = logits[y];
        real log_sum = softmax_row(logits, K, largest);
        nll[i] = log_sum + (largest - own); /* both may be large */
        best[i] = (int16_t)top;
        if (scale != 0) {
            logits[y] -= 1;
            for (size_t k = 0; k < K; k++)
                logits[k] *= scale;
        }
    }
}

/* A 32-bit hash: shift-xor and multiply, twice (constants by Wellons 2018). */
static inline uint32_t hash32(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

ACT_VECTOR
static void mask_all(real *x, size_t n, uint32_t key, uint32_t limit,
                     real scale) {
    for (uint32_t j = 0; j < (uint32_t)n; j++)
        x[j] *= hash32(key + j) < limit ? scale : 0;
}

void head_dropout(real *x, size_t n, real keep, uint64_t key) {
    if (keep < 1)
        mask_all(x, n, (uint32_t)rng_mix(key, 0),
                 (uint32_t)((double)keep * 4294967295.0), 1 / keep);
}
