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
 * chord's pitch classes. Of a tune whose chords are unknown the measures of
 * chords, and of both voices, say nothing; AABB and meter go by its melody.
 *
 * Scale, entropies and groove: Wu & Yang 2020 (MusDr), Dong et al. 2020
 * (MusPy), here on steps, and groove over all pairs of bars without sampling.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_MEASURE_H
#define NOTT_MEASURE_H

#include "nott/base/err.h"
#include "nott/data/surface.h"

#define MEASURE_LAGS 5

extern const int measure_lags[MEASURE_LAGS]; /* in bars: 1, 2, 4, 8, 16 */

enum measure {
    MEASURE_BARS,        /* in a tune */
    MEASURE_SAME_MELODY, /* steps as so many bars before; one for each lag */
    MEASURE_SAME_CHORD = MEASURE_SAME_MELODY + MEASURE_LAGS,
    MEASURE_SAME_BOTH = MEASURE_SAME_CHORD + MEASURE_LAGS,
    /* 1 - distinct bars / whole bars, by the melody's pitches and onsets */
    MEASURE_BAR_REPEATS = MEASURE_SAME_BOTH + MEASURE_LAGS,
    MEASURE_BARS_32, /* has the tune 32 bars, */
    MEASURE_AABB,    /* and if so, do both parts of 8 come again, by 90 %? */
    /* A change is a chord with another set than the last one; silence between
     * chords is none. A beat is that of meter_beat_steps. */
    MEASURE_CHANGES_ON_BAR,
    MEASURE_CHANGES_ON_BEAT,
    MEASURE_CHANGES_PER_BAR,
    MEASURE_METER_FITS, /* most onsets and changes are on the bar lines */
    MEASURE_RESTS,      /* of all steps */
    MEASURE_NO_CHORD,
    MEASURE_CHORD_TONES,       /* of the steps with melody and chord */
    MEASURE_CHORD_TONE_ONSETS, /* of the notes struck over a chord */
    MEASURE_SCALE,             /* notes in the best major scale */
    MEASURE_IN_KEY,            /* in the major or natural minor scale stated */
    MEASURE_ENTROPY_1,         /* bits of pitch class of the notes of a bar, */
    MEASURE_ENTROPY_4,         /* of four; windows with notes, a bar apart */
    MEASURE_GROOVE,            /* places alike in two bars, over all pairs */
    MEASURE_ONSETS_PER_BAR,
    MEASURE_INTERVAL_0, /* between successive notes: 0 semitones, */
    MEASURE_INTERVAL_2, /* at most 2, */
    MEASURE_INTERVAL_8, /* 8 or more */
    MEASURE_RANGE,      /* highest - lowest pitch */
    MEASURE_PITCHES,    /* distinct ones */
    MEASURE_PITCH_CLASSES,
    MEASURE_CHORDS,           /* distinct sets */
    MEASURE_ENDS_ON_ROOT,     /* last pitch class = lowest of the last chord */
    MEASURE_ENDS_ON_TONIC,    /* = tonic of the key */
    MEASURE_LAST_CHORD_FIRST, /* last chord = first chord, as sets */
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
int measure_tune(const struct surface *t, struct ratio out[MEASURES],
                 struct err *e);

/* Of a set; NaN where no tune says anything. ERR_MEM. */
int measure_set(const struct surface_set *s, double out[MEASURES],
                struct err *e);

/* Share of struck notes in the best of the twelve major scales (a natural minor
 * scale is one of them), as a ratio of notes. */
struct ratio measure_scale(const struct surface *t);

#endif
