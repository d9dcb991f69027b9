/* Optimizers on flat arrays of weights.
 *   Adam     Kingma & Ba 2015, algorithm 1, with bias correction
 *   AdamW    Loshchilov & Hutter 2019: weight decay apart from the gradient
 *   RMSProp  Tieleman & Hinton 2012, lecture 6.5: step g / (sqrt(v) + eps)
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_OPTIM_H
#define NOTT_OPTIM_H

#include <stdint.h>

#include "nott/base/err.h"
#include "nott/nn/mat.h"

enum optim_kind { OPTIM_ADAM, OPTIM_RMSPROP };

struct optim {
    enum optim_kind kind;
    double beta1, beta2; /* Adam's decays; RMSProp's decay is beta2 */
    double epsilon;
    double weight_decay; /* of the rate, per update; 0 = none */
    size_t n;
    real *m, *v;    /* owned; running means of g (Adam) and g squared */
    real *average;  /* owned; running mean of the weights, or NULL */
    double keep;    /* share of it that is kept at each update */
    uint64_t steps; /* updates done */
};

int optim_init(struct optim *o, enum optim_kind kind, size_t n, struct err *e);
void optim_free(struct optim *o);

/* From now on, keeps a running mean of the weights w[n] (Polyak & Juditsky
 * 1992, exponential), which generalizes better than the last weights. At first
 * less than `keep` of it is kept, so that the beginning is forgotten. */
int optim_average(struct optim *o, const real *w, double keep, struct err *e);

/* w[n] moves against g[n] at the given rate. */
void optim_step(struct optim *o, real *w, const real *g, double rate);

/* The Euclidean norm of g[n], added up in a fixed order in double. */
double optim_norm(const real *g, size_t n);

enum schedule { SCHEDULE_CONSTANT, SCHEDULE_STEP, SCHEDULE_COSINE };

/* The factor on the learning rate at `done` updates of `total`: rises in a
 * line over the first `warmup` updates, then constant; or times `factor` after
 * every `every` updates; or half a cosine down to `factor` (Loshchilov &
 * Hutter 2017, without restarts). */
double schedule_factor(enum schedule kind, uint64_t done, uint64_t total,
                       uint64_t warmup, double factor, uint64_t every);

#endif
