/* How well a model predicts the tunes of a split.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_EVALUATE_H
#define NOTT_EVALUATE_H

#include "nott/base/err.h"
#include "nott/learn/batch.h"
#include "nott/learn/tally.h"
#include "nott/learn/workers.h"
#include "nott/nn/model.h"

/* Scores the tunes of the batch's split, from the beginning; where a tune ends
 * is not scored, nor are chords that are unknown. `stop` is polled at every
 * window, nonzero ends with ERR_STOP; may be NULL. ERR_NUM when the loss is not
 * finite. */
int evaluate_model(const struct model *m, struct workers *c, struct batch *b,
                   int told, int (*stop)(void *user), void *user,
                   struct tally *t, struct err *e);

/* Anything that predicts step t >= 1 of voice k from the steps before it; the
 * melody also from the step's chord. `chord` is NULL where chords are unknown,
 * and then only the melody is asked for. Fills p[classes of the voice]. */
struct predictor {
    void (*predict)(const void *self, enum model_output k,
                    const uint8_t *melody, const uint8_t *chord, size_t t,
                    double *p);
    const void *self;
};

/* Scores all steps of a split but the first of each tune; unknown chords are
 * not scored. */
void evaluate_predictor(const struct predictor *by, const struct dataset *d,
                        enum split split, struct tally *t);

/* The two simplest baselines, scored likewise: every voice goes on as before
 * (its nats are infinite: a wrong guess has probability 0), and every class at
 * its share of the training steps (at least one of them). */
void evaluate_previous(const struct dataset *d, enum split split,
                       struct tally *t);
void evaluate_unigram(const struct dataset *d, enum split split,
                      struct tally *t);

#endif
