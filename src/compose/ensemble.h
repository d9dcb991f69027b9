/* Tunes that are composed side by side, step by step (sample.h).
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_ENSEMBLE_H
#define NOTT_ENSEMBLE_H

#include "nott/compose/sample.h"

/* The tunes, and what they share at a step. */
struct ensemble {
    const struct checkpoint *m;
    const struct sampling *how;
    struct softmax_params params[OUTPUTS];
    struct player player;
    struct sampled *list; /* borrowed */
    size_t n;
    int16_t *chord; /* owned, as below: [n], of the step */
    real *score;    /* [n, classes] */
};

/* ERR_MEM; ensemble_close in all cases. */
int ensemble_open(struct ensemble *all, const struct checkpoint *m,
                  struct sampled *list, size_t n, const struct sampling *how,
                  struct err *e);
void ensemble_close(struct ensemble *all);

/* Has any tune a step t? */
int ensemble_goes_on(const struct ensemble *all, size_t t);

/* Step t of all tunes, for t = 1, 2, ... in turn. */
void ensemble_step(struct ensemble *all, size_t t);

/* Its parts, for those who choose by themselves: all tunes hear step t - 1; and
 * what chords may come in tune i, as they are, not bent: their log
 * probabilities, and which must not. */
void ensemble_listen(struct ensemble *all, size_t t);
void ensemble_chords(struct ensemble *all, size_t i, size_t t, uint8_t *barred,
                     real *score);

#endif
