/* How well a model finds chords for melodies: beside those that are written.
 * SPDX-License-Identifier: MIT */
#ifndef HARMONIZE_H
#define HARMONIZE_H

#include "nott/compose/sample.h"
#include "nott/data/dataset.h"
#include "nott/player/checkpoint.h"

/* Takes the chords away from the tunes of a split that have some, finds others
 * as rnn-sample --given-melody does, and prints, as a table or as JSON, how
 * many steps have the root, and the very chord, that is written; how many
 * changes of chords are on bar lines; and how many tunes end on a chord of the
 * tonic. `how` is that of sample_given_melody. ERR_FORMAT when the split has no
 * chords, ERR_MEM. */
int harmonize(const struct checkpoint *m, const struct dataset *d,
              enum split split, const struct sampling *how, int json,
              struct err *e);

#endif
