/* A model that plays: tunes side by side, step by step.
 *
 * At each step every tune says what has just sounded in it (player_hear), the
 * network moves on once for all of them (player_step), and may then be asked
 * how probable each class of the next step is (player_log_p).
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_PLAYER_H
#define NOTT_PLAYER_H

#include "nott/base/err.h"
#include "nott/nn/heads.h"
#include "nott/player/checkpoint.h"

#define PLAYER_CLASSES SOFTMAX_CLASSES /* of a voice, at most */

struct player {
    const struct checkpoint *m; /* borrowed */
    size_t tunes;
    struct workspace workspace;
    struct context_state *state; /* owned, as all below: [tunes] */
    uint16_t *indices;           /* [tunes, active] */
    uint8_t *key;                /* [tunes] */
    int16_t *copy[OUTPUTS];      /* [tunes, copies] */
    uint8_t *anchor[OUTPUTS];    /* [tunes] */
};

int player_init(struct player *p, const struct checkpoint *m, size_t tunes,
                struct err *e); /* ERR_MEM */
void player_free(struct player *p);

/* Tune i has come to step t; to be called for t = 0, 1, 2, ... in turn. A tune
 * that is over need not be told of any more: its last step is then repeated. */
void player_hear(struct player *p, size_t i, const struct tune_view *tune,
                 size_t t);
void player_step(struct player *p);

/* Tune `to` has heard what tune `from` has; between player_step and the next
 * player_hear. */
void player_copy(struct player *p, size_t to, size_t from);

/* The melody class that sounds in tune i, however long ago it was struck. */
int player_sounding(const struct player *p, size_t i);

/* Log probabilities of the next step's classes in one voice, for `count` tunes
 * from the first on: log_p[count, classes]. `chord[count]` is the step's chord,
 * for the melody of factored heads (-1 = none is known); NULL for the chord.
 * `params` as in softmax.h, NULL = as they are. */
void player_log_p(struct player *p, size_t first, size_t count,
                  enum model_output voice, const int16_t *chord,
                  const struct softmax_params *params, real *log_p);

#endif
