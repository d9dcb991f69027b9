/* Scores: sums over the steps that were predicted.
 *
 * A *change* step is one on which a voice does not just go on: the melody
 * strikes a note or falls silent, the chord changes. Most steps only go on, so
 * figures over all steps flatter every model. SPDX-License-Identifier: MIT */
#ifndef NOTT_TALLY_H
#define NOTT_TALLY_H

#include "nott/data/dataset.h"
#include "nott/nn/model.h"

struct sums {        /* of one voice */
    double steps;    /* scored */
    double nats;     /* sum of -ln p(target) */
    double p_target; /* sum of p(target): the expected number of right draws */
    double correct;  /* where the likeliest class was right */
};

struct tally {
    struct sums all[OUTPUTS], change[OUTPUTS];
};

/* Adds one step of voice k: class `target` had -ln p = nats, the best guess was
 * `best`, and the voice goes on as before by class `same`. */
void tally_add(struct tally *t, enum model_output k, int target, int best,
               double nats, int same);

/* The class by which a voice of these tunes goes on after class `before`. */
int tally_goes_on(const struct dataset *d, enum model_output k, int before);

/* One of the sums by its steps; NaN when it has none, as the chords
 * of tunes whose chords are unknown. */
double tally_mean(const struct sums *s, double sum);

/* Figures of both voices, of which one may be NaN, together. */
double tally_total(const double of[OUTPUTS]);

/* Nats per scored step, melody and chord together; each voice by its own steps.
 */
double tally_nats(const struct tally *t);

#endif
