/* Examples to learn from: noise, and what tells the kinds apart.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_TOYEXAMPLES_H
#define NOTT_TOYEXAMPLES_H

#include <stdlib.h>

#include "judge/examples.h"
#include "near.h"
#include "nott/base/rng.h"
#include "toydata.h"

/* n examples, every third of kind 1, of that many columns of noise in 0..1; the
 * kinds differ by `apart` in the first. */
static inline void toy_examples(struct examples *x, size_t n, size_t width,
                                double apart, uint64_t seed) {
    struct rng rng;
    *x = (struct examples){calloc(n * width, sizeof *x->x), calloc(n, 1), n,
                           width};
    assert_non_null(x->x);
    assert_non_null(x->y);
    rng_seed(&rng, seed, 0);
    for (size_t i = 0; i < n; i++) {
        x->y[i] = i % 3 == 0;
        for (size_t j = 0; j < width; j++)
            x->x[j * n + i] =
                rng_uniform(&rng) + (j == 0 ? apart * x->y[i] : 0);
    }
}

static inline void toy_examples_free(struct examples *x) {
    free(x->x);
    free(x->y);
}

/* The share of pairs that the scores have in the right order. */
static inline double toy_auc(const struct examples *x, const double *score) {
    double won = 0, pairs = 0;
    for (size_t i = 0; i < x->n; i++)
        for (size_t j = 0; j < x->n; j++)
            if (x->y[i] && !x->y[j]) {
                pairs += 1;
                won += score[i] > score[j] ? 1 : score[i] == score[j] ? 0.5 : 0;
            }
    return won / pairs;
}

#endif
