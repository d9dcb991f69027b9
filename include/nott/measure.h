/* What a tune is like, in numbers that can be held beside those of others.
 *
 * Each measure of a tune is a ratio: a part of a whole, e.g. steps on which the
 * melody rests, of all steps. Over a set of tunes it is either *pooled* (sum of
 * the parts over sum of the wholes: every step counts the same) or *per tune*
 * (mean of the ratios: every tune counts the same). A tune of which the whole
 * is 0 says nothing; a set in which no tune says anything has the value NaN.
 *
 * Step measures count the pickup, bar measures begin at the first bar line.
 * "The same" compares what sounds: the melody's pitch (or silence) and the
 * chord's pitch classes.
 *
 * Scale, entropies and groove: Wu & Yang 2020 (MusDr), Dong et al. 2020
 * (MusPy), here on steps, and groove over all pairs of bars without sampling.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_MEASURE_H
#define NOTT_MEASURE_H

#include "nott/err.h"
#include "nott/heard.h"

#define MEASURE_LAGS 5

extern const int measure_lags[MEASURE_LAGS]; /* in bars: 1, 2, 4, 8, 16 */

enum measure {
    MEASURE_BARS,
    MEASURE_SAME_MELODY, /* these three: one for each lag */
    MEASURE_SAME_CHORD = MEASURE_SAME_MELODY + MEASURE_LAGS,
    MEASURE_SAME_BOTH = MEASURE_SAME_CHORD + MEASURE_LAGS,
    MEASURE_BAR_REPEATS = MEASURE_SAME_BOTH + MEASURE_LAGS,
    MEASURE_BARS_32,
    MEASURE_AABB,
    MEASURE_CHANGES_ON_BAR,
    MEASURE_CHANGES_ON_BEAT,
    MEASURE_CHANGES_PER_BAR,
    MEASURE_METER_FITS,
    MEASURE_RESTS,
    MEASURE_NO_CHORD,
    MEASURE_CHORD_TONES,
    MEASURE_CHORD_TONE_ONSETS,
    MEASURE_SCALE,
    MEASURE_IN_KEY,
    MEASURE_ENTROPY_1,
    MEASURE_ENTROPY_4,
    MEASURE_GROOVE,
    MEASURE_ONSETS_PER_BAR,
    MEASURE_INTERVAL_0,
    MEASURE_INTERVAL_2,
    MEASURE_INTERVAL_8,
    MEASURE_RANGE,
    MEASURE_PITCHES,
    MEASURE_PITCH_CLASSES,
    MEASURE_CHORDS,
    MEASURE_ENDS_ON_ROOT,
    MEASURE_ENDS_ON_TONIC,
    MEASURE_LAST_CHORD_FIRST,
    MEASURES
};

struct measure_info {
    const char *key;  /* for programs: "same_both_8" */
    const char *text; /* for people */
    int pooled;       /* over steps, bars or notes; 0 = mean over tunes */
};

extern const struct measure_info measure_list[MEASURES];

struct ratio {
    double part, whole;
};

/* All measures of one tune; a tune of any length, also without notes, chords
 * or bars. ERR_MEM. */
int measure_tune(const struct heard *t, struct ratio out[MEASURES],
                 struct err *e);

/* Of a set; NaN where no tune says anything. ERR_MEM. */
int measure_set(const struct heard_set *s, double out[MEASURES], struct err *e);

/* Share of struck notes in the best of the twelve major scales (a natural minor
 * scale is one of them), as a ratio of notes. */
struct ratio measure_scale(const struct heard *t);

#endif
