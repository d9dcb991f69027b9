/* Chords out of broken, strummed, spread or separate notes: those that explain
 * them best. (Block chords are heard as they are struck: attack.h.)
 *
 * Of each bar the sounding pitch classes are gathered beat by beat, weighed by
 * how long they sound, the lowest ones more, those of the melody less. A bar is
 * cut into stretches of whole beats, each with the chord that has most of what
 * sounds and least of what does not; every further stretch of a bar must pay
 * for itself, so that the harmony moves no faster than it is heard to (the idea
 * of a best segmentation: Pardo & Birmingham 2002, "Algorithms for chordal
 * analysis"). What is silent between two chords goes on as before, up to a bar.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_HARMONY_H
#define NOTT_HARMONY_H

#include "grid.h"
#include "nott/base/err.h"
#include "nott/music/chord.h"
#include "nott/music/raw_tune.h"
#include "nott/music/song.h"

/* Fills t->chord[t->steps] with numbers of the pool from the notes of all that
 * accompanies. ERR_MEM. */
int harmony_find(struct raw_tune *t, const struct part *p,
                 const struct part *melody, struct grid g,
                 struct chord_pool *pool, struct err *e);

/* Silence of that many steps at most between two chords is filled with the
 * first one. */
void harmony_hold(struct raw_tune *t, int most);

#endif
