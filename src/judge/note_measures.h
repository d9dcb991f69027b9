/* The melody's notes: scale, rhythm, intervals, range.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_NOTE_MEASURES_H
#define NOTT_NOTE_MEASURES_H

#include "nott/judge/measure.h"

/* Fills in its measures, those of the variety of chords as well. */
void note_measures_of(const struct surface *t, struct ratio out[MEASURES]);

#endif
