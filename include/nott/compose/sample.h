/* Composing: the model's probabilities to choices, step by step.
 *
 * Every drawn step is fed back as the next step's input. Of each step the
 * chord is chosen first, then the melody; either voice can be given instead.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SAMPLE_H
#define NOTT_SAMPLE_H

#include "nott/base/err.h"
#include "nott/base/rng.h"
#include "nott/music/tune.h"
#include "nott/player/player.h"
#include "nott/player/settings.h"

/* One of the tunes that are composed together. */
struct sampled {
    struct tune *tune;
    size_t from;     /* the first step to be played, >= 1 */
    int may_end;     /* the network is not told the length and may end the tune
                      * before, where it has learnt to; its steps tell */
    uint8_t *stands; /* borrowed, [steps]: 1 = that step is there already, and
                      * is only heard; NULL = none from `from` on */
    const struct form *form; /* told to the network; NULL = none */
    struct rng rng; /* its own, so that it does not matter who else plays */
    int64_t seed;   /* that of rng, for the caller; not looked at */
    double quality; /* out: what the critic says of a bar on average, above 0
                     * like a real one; 0 = there is none, or no form */
    double kept;    /* in lanes: log probability of steps that stand */
    double nats;    /* out: mean surprise of what was chosen, per step, by the
                     * probabilities so bent */
};

/* Fills the steps from..steps-1 of each tune after the steps before them, side
 * by side: the weights are read once for all. Where a voice is given its
 * classes are kept: melody for given chords by the model's p(melody | chord)
 * if it has factored heads; chords for a given melody by Bayes' rule,
 * p(c | m) ~ p(c) p(m | c), or by a search (search.h). A tune without chords
 * gets a melody alone. ERR_MEM; ERR_USAGE when sample.max_copy cannot be kept
 * to by this model or so, ERR_FORMAT when it was not, however often it was
 * tried.
 */
int sample_tunes(const struct checkpoint *m, struct sampled *list, size_t n,
                 const struct sampling *how, struct err *e);

/* Sets the sampling for tunes whose melody is given: the usual chords rather
 * than new ones, unless its chord temperature is to be kept. A model that hears
 * the melody beforehand searches for them; another one draws them, coolly. */
void sample_given_melody(const struct checkpoint *m, struct sampling *how,
                         int keep_temperature);

/* sample_tunes for one tune. */
int sample_tune(const struct checkpoint *m, struct tune *t, size_t from,
                const struct sampling *how, struct rng *rng, double *nats,
                struct err *e);

#endif
