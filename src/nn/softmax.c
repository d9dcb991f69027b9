/* Softmax and cross-entropy: see softmax.h. SPDX-License-Identifier: MIT */
#include "nott/nn/softmax.h"

#include <assert.h>

#include "act.h"
#include "nott/base/num.h"

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
    return (real)num_log(sum);
}

real softmax_exp(const real *x, size_t K, real *out) {
    real largest = x[argmax(x, K)];
    memcpy(out, x, K * sizeof *out);
    exp_all(out, K, largest);
    return largest;
}

void softmax_log_normalize(real *x, size_t K) {
    real p[SOFTMAX_CLASSES];
    double sum = 0;
    assert(K <= SOFTMAX_CLASSES);
    real largest = softmax_exp(x, K, p);
    for (size_t k = 0; k < K; k++)
        sum += (double)p[k];
    real shift = largest + (real)num_log(sum);
    for (size_t k = 0; k < K; k++)
        x[k] -= shift;
}

void softmax_cross_entropy(real *logits, const int16_t *target, size_t n,
                           size_t K, real scale, real *nll, int16_t *best) {
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

/* ---- copying ---- */

/* p[K] becomes what the row gives to each class in all: own[K] by its share,
 * and to the copies their gates, which become the gates' softmax. Returns the
 * share of own. */
static real mixture(const real *own, real *gate, const int16_t *copy, size_t K,
                    size_t L, real *p) {
    softmax_row(gate, 1 + L, gate[argmax(gate, 1 + L)]);
    real share = gate[0];
    for (size_t j = 0; j < L; j++)
        share += copy[j] < 0 ? gate[1 + j] : 0;
    for (size_t k = 0; k < K; k++)
        p[k] = share * own[k];
    for (size_t j = 0; j < L; j++)
        if (copy[j] >= 0)
            p[copy[j]] += gate[1 + j];
    return share;
}

/* Of a row that mixture has been at: the gradient of scale * -ln p(y). With r
 * the shares that the ways to y have in p(y), it is r0 (own - onehot) for the
 * logits and g - r for the gates. */
static void copy_gradient(real *own, const int16_t *copy, size_t K, size_t L,
                          size_t y, real share, real total, real scale) {
    real *gate = own + K, mine = own[y];
    real r0 = share * mine / total;
    for (size_t j = 0; j <= L; j++) {
        int there = j && copy[j - 1] >= 0;
        real way = there ? (real)((size_t)copy[j - 1] == y) : mine;
        gate[j] = scale * gate[j] * (1 - way / total);
    }
    own[y] -= 1;
    for (size_t k = 0; k < K; k++)
        own[k] *= scale * r0;
}

void softmax_copy_entropy(real *logits, const int16_t *copy,
                          const int16_t *target, size_t n, size_t K, size_t L,
                          real scale, real *nll, int16_t *best) {
    const real least = (real)1e-30; /* what rounding took is not impossible */
    assert(K <= SOFTMAX_CLASSES);
    for (size_t i = 0; i < n; i++, logits += K + 1 + L) {
        real p[SOFTMAX_CLASSES];
        if (i && L) /* copy is NULL where there is nothing to copy */
            copy += L;
        if (target[i] < 0) {
            nll[i] = 0;
            best[i] = -1;
            memset(logits, 0, (K + 1 + L) * sizeof *logits);
            continue;
        }
        size_t y = (size_t)target[i];
        softmax_row(logits, K, logits[argmax(logits, K)]);
        real share = mixture(logits, logits + K, copy, K, L, p);
        best[i] = (int16_t)argmax(p, K);
        real total = p[y] < least ? least : p[y]; /* NaN stays */
        nll[i] = -(real)num_log(total);
        if (scale != 0)
            copy_gradient(logits, copy, K, L, y, share, total, scale);
    }
}

/* Takes the unlikeliest away from p[K]. */
static void cut(real *p, size_t K, real min_p) {
    real least = min_p * p[argmax(p, K)], sum = 0;
    for (size_t k = 0; k < K; k++) {
        p[k] = p[k] < least ? 0 : p[k];
        sum += p[k];
    }
    for (size_t k = 0; k < K; k++)
        p[k] /= sum;
}

void softmax_log_p(const real *logits, const int16_t *copy, size_t n, size_t K,
                   size_t L, const struct softmax_params *params, real *log_p) {
    real own[SOFTMAX_CLASSES], p[SOFTMAX_CLASSES], gate[SOFTMAX_CLASSES];
    size_t gates = L ? 1 + L : 0;
    real bend =
        params && params->gate_sharpness > 0 ? params->gate_sharpness : 1;
    assert(K <= SOFTMAX_CLASSES && gates <= SOFTMAX_CLASSES);
    for (size_t i = 0; i < n; i++, logits += K + gates, log_p += K) {
        for (size_t k = 0; k < K; k++)
            own[k] = params ? params->sharpness * logits[k] : logits[k];
        softmax_row(own, K, own[argmax(own, K)]);
        if (params && params->min_p > 0)
            cut(own, K, params->min_p);
        for (size_t j = 0; j < gates; j++)
            gate[j] = bend * logits[K + j];
        if (L)
            mixture(own, gate, copy + i * L, K, L, p);
        for (size_t k = 0; k < K; k++)
            log_p[k] = (real)num_log(L ? p[k] : own[k]);
    }
}
