/* What works on a batch: the activations of its slots, and the team of threads
 * that makes the passes over its windows, and the updates. The number of the
 * threads does not change any result. SPDX-License-Identifier: MIT */
#ifndef NOTT_WORKERS_H
#define NOTT_WORKERS_H

#include "nott/base/err.h"
#include "nott/base/team.h"
#include "nott/learn/batch.h"
#include "nott/learn/tally.h"
#include "nott/nn/optim.h"
#include "nott/nn/workspace.h"

struct workers {
    struct workspace workspace;
    struct team *team; /* owned */
    double *squares;   /* owned; for the norm of the gradient */
};

/* For windows of T steps of so many slots; with `train` there is room for a
 * gradient. Less than one thread is one. ERR_MEM. */
int workers_init(struct workers *c, const struct model *m, size_t slots,
                 size_t T, int threads, int train, struct err *e);
void workers_free(struct workers *c);
size_t workers_bytes(const struct workers *c, const struct model *m, int train);

/* States of zero, as at the beginning of a tune. */
void workers_clear(struct workers *c, const struct model *m);

/* Passes see weights that have changed only after this (model_refresh). */
void workers_refresh(struct workers *c, struct model *m, int train);

/* A pass over a window (model_run): without a training pass it only scores. */
void workers_run(struct workers *c, const struct model *m,
                 const struct window *x, const struct training_pass *pass);

/* The Euclidean norm of the gradient that the last pass left. */
double workers_norm(struct workers *c, const struct model *m);

/* The weights move against that gradient, times `scale`, at the given rate. */
void workers_update(struct workers *c, struct model *m, struct optim *o,
                    double scale, double rate);

/* Adds the window's scored steps, in a fixed order, from the nll and best that
 * workers_run left. */
void workers_tally(const struct workers *c, const struct batch *b,
                   struct tally *t);

#endif
