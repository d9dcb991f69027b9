/* The encoding of the 2016 reference, so that its figures can be compared.
 *
 * Of a pitch that is struck while it sounds the first start counts. A note of
 * more than half a step between different steps covers them; a shorter one
 * votes with its length for one step or two. A step holds the pitches that
 * cover it; if none does, the most voted ones.
 * Zimmerman, music_rnn (2016): nottingham_util. SPDX-License-Identifier: MIT */
#ifndef NOTT_CLASSIC_H
#define NOTT_CLASSIC_H

#include "grid.h"
#include "nott/music/chord.h"
#include "nott/music/raw_tune.h"
#include "nott/music/song.h"
#include "nott/music/vocabulary.h"

/* With a pool fills t->chord[t->steps] with its numbers; without one fills
 * t->melody[t->steps], and refuses the tune when a step holds two pitches or
 * one outside the 34 of the encoding. ERR_MEM. */
int classic_voice(struct raw_tune *t, struct grid g, const struct part *p,
                  struct chord_pool *pool, struct err *e);

#endif
