/* The n-gram baseline: what a count table predicts.
 *
 * The context of a step is the last n - 1 steps of both voices. The chord is
 * predicted from it, the melody from it and the step's chord; each order is
 * interpolated with the next lower one by Witten & Bell's (1991) weights,
 *   p(x | ctx) = (count(x, ctx) + d p_shorter(x)) / (count(ctx) + d),
 * d = distinct successors of ctx, down to uniform. Where chords are unknown the
 * melody is predicted from itself alone; if there are such tunes, those with
 * chords teach that as well. SPDX-License-Identifier: MIT
 */
#ifndef NOTT_MARKOV_H
#define NOTT_MARKOV_H

#include "nott/base/err.h"
#include "nott/data/dataset.h"
#include "nott/learn/evaluate.h"

#define MARKOV_MAX_ORDER 16

struct markov {
    int order;                           /* n: 1 = no context */
    const struct vocabulary *vocabulary; /* borrowed */
    struct markov_cell *cells;           /* owned; open-addressed hash table */
    size_t count, cap;
};

/* Counts the training split. ERR_MEM. */
int markov_train(struct markov *m, const struct dataset *d, int order,
                 struct err *e);
void markov_free(struct markov *m);

/* p[classes of the output] of the step t >= 1 after the steps before it;
 * `chord` has the step's chord, for the melody; NULL = unknown. Sums to 1. */
void markov_predict(const struct markov *m, enum model_output k,
                    const uint8_t *melody, const uint8_t *chord, size_t t,
                    double *p);

/* Scores all steps of a split but the first of each tune. */
void markov_evaluate(const struct markov *m, const struct dataset *d,
                     enum split split, struct tally *t);

#endif
