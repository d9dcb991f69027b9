/* What a tune is like, in numbers that can be held beside those of others.
 *
 * Each measure of a tune is a ratio: a part of a whole, e.g. steps on which the
 * melody rests, of all steps. Over a set of tunes it is either *pooled* (sum of
 * the parts over sum of the wholes: every step counts the same) or *per tune*
 * (mean of the ratios: every tune counts the same). A tune of which the whole
 * is 0 says nothing; a set in which no tune says anything has the value NaN.
 * Where a few odd tunes would draw the mean, a set has the *median* of them.
 *
 * Step measures count the pickup, bar measures begin at the first bar line.
 * "The same" compares what sounds: the melody's pitch (or silence) and the
 * chord's pitch classes. Of a tune whose chords are unknown the measures of
 * chords, and of both voices, say nothing; AABB and meter go by its melody.
 *
 * A section is eight bars, a tune of 32 bars has four. Two are alike when the
 * melody is the same on 80 % of the steps that both have; a section has the
 * letter of the first one that it is like, else the next letter. Chords are
 * not looked at, so that melodies alone can stand beside tunes with chords.
 *
 * Scale, entropies and groove: Wu & Yang 2020 (MusDr), Dong et al. 2020
 * (MusPy), here on steps, and groove over all pairs of bars without sampling.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_MEASURE_H
#define NOTT_MEASURE_H

#include "nott/base/err.h"
#include "nott/data/surface.h"

#define MEASURE_LAGS   5
#define MEASURE_FORMS  6 /* AABB AAAA ABAB AABC ABAC, others */
#define MEASURE_ENDS   6 /* bars with which phrases end */
#define MEASURE_METERS 5 /* 2/4 3/4 4/4 6/8 9/8 */
#define MEASURE_RANGES 3 /* of instruments */

extern const int measure_lags[MEASURE_LAGS]; /* in bars: 1, 2, 4, 8, 16 */
extern const int measure_ends[MEASURE_ENDS]; /* bars 4, 8, 12, 16, 24, 32 */

enum measure {
    MEASURE_BARS,        /* in a tune */
    MEASURE_SAME_MELODY, /* steps as so many bars before; one for each lag */
    MEASURE_SAME_CHORD = MEASURE_SAME_MELODY + MEASURE_LAGS,
    MEASURE_SAME_BOTH = MEASURE_SAME_CHORD + MEASURE_LAGS,
    /* 1 - distinct bars / whole bars, by the melody's pitches and onsets */
    MEASURE_BAR_REPEATS = MEASURE_SAME_BOTH + MEASURE_LAGS,
    MEASURE_BARS_32, /* has the tune 32 bars, */
    MEASURE_AABB,    /* and if so, do both parts of 8 come again, by 90 %? */
    MEASURE_FORM,    /* and is it of this form, by its sections? */
    /* where the second section is like the first: are their last two bars? */
    MEASURE_ENDINGS_DIFFER = MEASURE_FORM + MEASURE_FORMS,
    MEASURE_B_HIGHER, /* where the third section is not like the first: is */
    MEASURE_B_ABOVE,  /* its mean pitch higher; by how many semitones */
    /* A change is a chord with another set than the last one; silence between
     * chords is none. A beat is that of meter_beat_steps. */
    MEASURE_CHANGES_ON_BAR,
    MEASURE_CHANGES_ON_BEAT,
    MEASURE_CHANGES_MID_BAR, /* in the exact middle */
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
    MEASURE_ONSETS_IN, /* the same of tunes in a meter; 2/2 is with 4/4 */
    MEASURE_OFF_EIGHTHS = MEASURE_ONSETS_IN + MEASURE_METERS, /* per bar */
    MEASURE_INTERVAL_0, /* between successive notes: 0 semitones, */
    MEASURE_INTERVAL_2, /* at most 2, */
    MEASURE_INTERVAL_8, /* 8 or more */
    MEASURE_STRAIGHT,   /* up after up, or down after down, of two intervals */
    MEASURE_WITHIN,     /* all notes are D4..B5, G3..B5, D4..D6 */
    MEASURE_ABOVE_B5 = MEASURE_WITHIN + MEASURE_RANGES, /* is any note? */
    MEASURE_RANGE,   /* highest - lowest pitch */
    MEASURE_PITCHES, /* distinct ones */
    MEASURE_PITCH_CLASSES,
    MEASURE_CHORDS, /* distinct sets */
    /* At the bars of measure_ends, if the tune is so long: is the note that was
     * struck last, up to the middle of the bar, the tonic; is the root of the
     * chord that came last, up to its end, the tonic, or the fifth? */
    MEASURE_TONIC_AT,
    MEASURE_I_AT = MEASURE_TONIC_AT + MEASURE_ENDS,
    MEASURE_V_AT = MEASURE_I_AT + MEASURE_ENDS,
    /* Last note = tonic, and last chord = its triad (minor in a minor key),
     * without a seventh. */
    MEASURE_CADENCE = MEASURE_V_AT + MEASURE_ENDS,
    MEASURE_LAST_LEAP,        /* 7 semitones or more into the last note */
    MEASURE_ENDS_ON_ROOT,     /* last pitch class = lowest of the last chord */
    MEASURE_ENDS_ON_TONIC,    /* = tonic of the key */
    MEASURE_LAST_CHORD_FIRST, /* last chord = first chord, as sets */
    MEASURES
};

enum measure_over { MEASURE_MEAN, MEASURE_POOLED, MEASURE_MEDIAN };

struct measure_info {
    const char *key;        /* for programs: "same_both_8" */
    const char *text;       /* for people */
    enum measure_over over; /* how tunes make a set */
};

extern const struct measure_info measure_list[MEASURES];

struct ratio {
    double part, whole;
};

struct measured {
    struct ratio of[MEASURES];
};

/* All measures of one tune; a tune of any length, also without notes, chords
 * or bars. ERR_MEM. */
int measure_tune(const struct surface *t, struct ratio out[MEASURES],
                 struct err *e);

/* One measure of n tunes, given those of each: of the tunes `pick` says, or of
 * the first n with NULL. NaN where none says anything. `room` is for n numbers.
 */
double measure_summary(const struct measured *r, const size_t *pick, size_t n,
                       int m, double *room);

/* The measures of every tune of a set; ERR_MEM. The caller frees. */
int measure_tunes(const struct surface_set *s, struct measured **out,
                  struct err *e);

/* Of a set all of them. ERR_MEM. */
int measure_set(const struct surface_set *s, double out[MEASURES],
                struct err *e);

/* Share of struck notes in the best of the twelve major scales (a natural minor
 * scale is one of them), as a ratio of notes. */
struct ratio measure_scale(const struct surface *t);

#endif
