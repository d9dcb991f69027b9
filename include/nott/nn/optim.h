/* Optimizers on flat arrays of weights.
 *   Adam     Kingma & Ba 2015, algorithm 1, with bias correction
 *   AdamW    Loshchilov & Hutter 2019: weight decay apart from the gradient
 *   RMSProp  Tieleman & Hinton 2012, lecture 6.5: step g / (sqrt(v) + eps)
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_OPTIM_H
#define NOTT_OPTIM_H

#include <stdint.h>

#include "nott/base/conf.h"
#include "nott/base/err.h"
#include "nott/nn/mat.h"

enum optim_kind { OPTIM_ADAM, OPTIM_RMSPROP };
enum optim_schedule { OPTIM_CONSTANT, OPTIM_STEP, OPTIM_COSINE };

struct optim_config {
    enum optim_kind kind;
    double rate; /* at its full height */
    enum optim_schedule schedule;
    double warmup_epochs, rate_factor;
    int rate_every;      /* epochs */
    double beta1, beta2; /* Adam's decays; RMSProp's decay is beta2 */
    double epsilon;
    double weight_decay; /* of the rate, per update; 0 = none */
    double average;      /* share of the mean weights kept at an update */
};

/* Rows in the settings, for a struct optim_config. */
extern const struct conf_group optim_settings;

struct optim {
    struct optim_config config;
    size_t n;
    real *m, *v;    /* owned; running means of g (Adam) and g squared */
    real *average;  /* owned; running mean of the weights, or NULL */
    uint64_t steps; /* updates done */
};

/* For n weights. With config.average > 0, keeps a running mean of the weights
 * as well, which begins as w[n] (Polyak & Juditsky 1992, exponential) and
 * generalizes better than the last weights. At first less of it is kept, so
 * that the beginning is forgotten. ERR_MEM. */
int optim_init(struct optim *o, const struct optim_config *c, size_t n,
               const real *w, struct err *e);
void optim_free(struct optim *o);

/* The constants of one update: those of the steps done so far, this one
 * included, and what the gradients are to be multiplied by. */
struct optim_update {
    real scale, rate, epsilon, shrink, vscale, share;
};
struct optim_update optim_next(struct optim *o, double scale, double rate);

/* Work on n weights is cut into so many blocks, for threads to share. */
size_t optim_blocks(size_t n);

/* Blocks from .. to-1 of w[n] move against g[n] times the scale. */
void optim_step(struct optim *o, const struct optim_update *u, real *w,
                const real *g, size_t from, size_t to);

/* sums[from..to-1] = those of the squares of these blocks of g[n], in double
 * and in a fixed order. */
void optim_squares(const real *g, size_t n, size_t from, size_t to,
                   double *sums);

/* The learning rate of an update with which `done` steps of the `epochs` epochs
 * of `epoch` steps each are trained on, its own included: it rises in a line
 * over the first warmup_epochs, then is constant; or times
 * rate_factor after every rate_every epochs; or half a cosine down to
 * rate_factor (Loshchilov & Hutter 2017, without restarts). */
double optim_rate(const struct optim_config *c, size_t done, size_t epoch,
                  int epochs);

#endif
