/* Bars: how long they are and where they begin.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_METER_H
#define NOTT_METER_H

#include "nott/music/song.h"
#include "nott/music/tune.h"

struct meter {
    int beats, unit;   /* 6 / 8 */
    int64_t bar_ticks; /* length of a bar */
    int64_t phase;     /* tick of the first bar line, 0 .. bar_ticks - 1 */
    int by_accents;    /* 1: found by accents, 0: by the first chord */
};

/* The meter of a tune: the melody part's time signature at its start, else the
 * first part's, else 4/4. Bar lines: where the loudest melody notes fall, if
 * there is a habit of accents (the loudest are at most half, and 90 % of
 * them lie whole bars apart); else where the first chord begins. `chords` may
 * be NULL: then bars begin at 0 without accents. */
void meter_find(struct meter *m, const struct song *s, int melody_part,
                const struct part *melody, const struct part *chords);

/* Steps from one accent to the next inside a bar: the beat. A dotted quarter in
 * 6/8 and its kin, else the unit of the signature. */
int meter_beat_steps(const struct tune_header *h);

#endif
