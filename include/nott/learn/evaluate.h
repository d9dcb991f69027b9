/* How well a model predicts: sums over scored steps.
 *
 * A *change* step is one on which a voice does not just go on: the melody
 * strikes a note or falls silent, the chord changes. Most steps only go on, so
 * figures over all steps flatter every model.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_EVALUATE_H
#define NOTT_EVALUATE_H

#include "nott/base/err.h"
#include "nott/learn/batch.h"
#include "nott/nn/model.h"

struct score {       /* of one voice */
    double steps;    /* scored */
    double nats;     /* sum of -ln p(target) */
    double p_target; /* sum of p(target): the expected number of right draws */
    double correct;  /* where the likeliest class was right */
};

struct tally {
    struct score all[OUTPUTS], change[OUTPUTS];
};

/* Adds one step of voice k: class `target` had -ln p = nats, the model's best
 * guess was `best`, and the voice goes on as before by class `same`. */
void tally_add(struct tally *t, enum model_output k, int target, int best,
               double nats, int same);

/* The class by which either voice goes on after class `before`. */
int voice_goes_on(const struct vocabulary *v, enum model_output k, int before);

/* The work of running shards of slots side by side. */
struct workers {
    struct workspace *workspace; /* owned, [shards] */
    size_t shards, slots, T;
    int threads; /* 1 or more: OpenMP takes no 0 */
};

/* Lanes are dealt to the shards as evenly as they go. With `train` each shard
 * has room for a gradient. threads < 1 is one: how many processors there are,
 * only the tools ask. ERR_MEM. */
int workers_init(struct workers *c, const struct model *m, size_t slots,
                 size_t T, size_t shards, int threads, int train,
                 struct err *e);
void workers_free(struct workers *c);
size_t workers_bytes(const struct workers *c, const struct model *m, int train);
size_t workers_first(const struct workers *c,
                     size_t shard); /* its first slot */
void workers_clear(struct workers *c, const struct model *m);

/* Adds the window's scored steps, in a fixed order, from the nll and best that
 * the forward pass left in the workers. */
void workers_tally(const struct workers *c, const struct batch *b,
                   struct tally *t);

/* Scores the tunes of the batch's split, from the beginning; where a tune ends
 * is not scored. `stop` is polled at every window, nonzero ends with ERR_STOP;
 * may be NULL. ERR_NUM when the loss is not finite. */
int evaluate(const struct model *m, struct workers *c, struct batch *b,
             int lengths_known, int (*stop)(void *user), void *user,
             struct tally *t, struct err *e);

/* Nats per scored step, melody and chord together. */
double tally_nats(const struct tally *t);

#endif
