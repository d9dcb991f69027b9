/* Composing: the model's probabilities to choices, step by step.
 *
 * Every drawn step is fed back as the next step's input. Of each step the
 * chord is chosen first, then the melody; either voice can be given instead.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SAMPLE_H
#define NOTT_SAMPLE_H

#include "nott/base/conf.h"
#include "nott/base/err.h"
#include "nott/base/rng.h"
#include "nott/music/decode.h"
#include "nott/nn/softmax.h"
#include "nott/player/checkpoint.h"

/* A tune in steps with its signs. */
struct tune {
    uint8_t *melody, *chord; /* owned */
    size_t steps;
    struct tune_frame frame;
};

int tune_init(struct tune *t, size_t steps, struct err *e); /* ERR_MEM */
void tune_free(struct tune *t);

/* Reads a MIDI file into the classes of a model. ERR_FORMAT when it is no tune
 * (`path: why`), ERR_IO, ERR_MEM. */
int tune_load(struct tune *t, const struct checkpoint *m, const char *path,
              struct err *e);

/* Tune s of a dataset. ERR_MEM. */
int tune_from_dataset(struct tune *t, const struct dataset *d, size_t s,
                      struct err *e);

/* Chords for every bar of the tune from a text like "D G A7 D" or "I-vi-IV-V":
 * one a bar, again from the beginning when they are used up; the pickup stays
 * without. Numerals count from the key of the tune (C when it has none), small
 * ones are minor. ERR_USAGE for what is no chord. */
int tune_set_chords(struct tune *t, const struct vocabulary *v,
                    const char *text, struct err *e);

struct sampling {
    struct softmax_params params[OUTPUTS]; /* of each voice's own softmax */
    int argmax; /* take the likeliest class instead of drawing */
    /* see rules.h */
    int melody_repeat_max, chord_repeat_max; /* steps; 0 = no limit */
    int cadence;                             /* 0 or 1 */
    int melody_given, chord_given;           /* the tune's own voice is kept */
};

/* As the settings say, with nothing given; argmax has limits of 16 steps where
 * they name none. */
struct sampling sampling_by(const struct settings *s);

/* One of the tunes that are composed together. */
struct sampled {
    struct tune *tune;
    size_t from;    /* the first step to be played, >= 1 */
    int may_end;    /* the network is not told the length and may end the tune
                     * before, where it has learnt to; its steps tell */
    struct rng rng; /* its own, so that it does not matter who else plays */
    double nats;    /* out: mean surprise of what was chosen, per step, by the
                     * probabilities so bent */
};

/* Fills the steps from..steps-1 of each tune after the steps before them, side
 * by side: the weights are read once for all. Where a voice is given its
 * classes are kept: melody for given chords by the model's p(melody | chord)
 * if it has factored heads; chords for a given melody by Bayes' rule,
 * p(c | m) ~ p(c) p(m | c). ERR_MEM. */
int sample_tunes(const struct checkpoint *m, struct sampled *list, size_t n,
                 const struct sampling *how, struct err *e);

/* The same for one tune. */
int sample_tune(const struct checkpoint *m, struct tune *t, size_t from,
                const struct sampling *how, struct rng *rng, double *nats,
                struct err *e);

#endif
