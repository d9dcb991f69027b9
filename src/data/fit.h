/* Tunes moved as a whole into the range of a melody that is not theirs.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_FIT_H
#define NOTT_FIT_H

#include "nott/base/err.h"
#include "nott/data/corpus.h"

/* Moves the tune of a file so that its melody lies in the range of v, if it can
 * be: by octaves, else by the fewest semitones, chords and key with it. How far
 * goes to f->shift; 0 when it lies there already, or nowhere fits. ERR_MEM. */
int fit_tune(struct corpus *c, struct corpus_file *f,
             const struct vocabulary *v, struct err *e);

#endif
