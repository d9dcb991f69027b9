/* The shards of a batch, each with its own activations, so that they run side
 * by side. Their number decides the rounding of the result; that of the threads
 * does not. SPDX-License-Identifier: MIT */
#ifndef NOTT_WORKERS_H
#define NOTT_WORKERS_H

#include "nott/base/err.h"
#include "nott/learn/batch.h"
#include "nott/learn/tally.h"
#include "nott/nn/workspace.h"

struct workers {
    struct workspace *workspace; /* owned, [shards] */
    size_t shards, slots, T;
    int threads; /* at least 1 */
};

/* Slots are dealt to the shards as evenly as they go; less than one thread is
 * one. With `train` each shard has room for a gradient. ERR_MEM. */
int workers_init(struct workers *c, const struct model *m, size_t slots,
                 size_t T, size_t shards, int threads, int train,
                 struct err *e);
void workers_free(struct workers *c);
size_t workers_bytes(const struct workers *c, const struct model *m, int train);

/* States of zero, as at the beginning of a tune. */
void workers_clear(struct workers *c, const struct model *m);

/* Runs all shards over a window and carries their states on. Without a training
 * pass they only score; with one the gradient of each is left in its workspace.
 */
void workers_run(struct workers *c, const struct model *m,
                 const struct window *x, const struct training_pass *pass);

/* The sum of all shards' gradients, in a fixed order; it lies in the first
 * one's. */
real *workers_gradient(struct workers *c, const struct model *m);

/* Adds the window's scored steps, in a fixed order, from the nll and best that
 * workers_run left. */
void workers_tally(const struct workers *c, const struct batch *b,
                   struct tally *t);

#endif
