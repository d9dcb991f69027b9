/* When chords change, and how the melody lies over them.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_CHORD_MEASURES_H
#define NOTT_CHORD_MEASURES_H

#include "nott/judge/measure.h"

/* Notes that begin and chords that change on bar lines, and at that other place
 * of the bar where most do. ERR_MEM. */
struct chord_measures_accents {
    double on_line, elsewhere;
};
int chord_measures_accents(const struct surface *t,
                           struct chord_measures_accents *out, struct err *e);

/* Fills in its measures; ERR_MEM. */
int chord_measures_of(const struct surface *t, struct ratio out[MEASURES],
                      struct err *e);

#endif
