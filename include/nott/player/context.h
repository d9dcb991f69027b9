/* The input features of the network: what it is told before a step, as indices
 * into its embedding, and what it may answer: the classes that it may copy, and
 * the end.
 *
 * Everything here is a function of the steps up to t and of what a player may
 * choose beforehand (meter, bar lines, key, length, form): nothing looks ahead,
 * but where the melody is given. When
 * step t is given and t + 1 is to be predicted:
 *   always     melody class of step t, chord class of step t
 *   position   place of step t + 1 in its bar, counted from the bar line
 *   meter      time signature
 *   bars       number of its bar, modulo `bars`
 *   key        tonic and mode, or unknown
 *   length     how many whole bars of steps follow after step t + 1, or unknown
 *   sounding   melody class that sounds at step t, however long ago it was
 *              struck (a hold alone does not tell)
 *   relative   the sounding pitch as a degree above the tonic and above the
 *              chord's root, and the chord as a degree above the tonic: what
 *              stays the same when a tune is transposed
 *   intervals  how far the last struck pitch lies from the one before, and that
 *              one from the one before it; and answers as distances from it,
 *              and from the root of the chord
 *   durations  for how many steps the note, and the chord, have gone on
 *   lags       for each lag L in bars: the melody and the chord class at step
 *              t + 1 - L bars, and for how long the steps up to t have been
 *              the same as those L bars before them, in powers of two
 *   unknown    whether the chords are known
 *   form       where the form is known (form.h), of the bar of step t + 1: how
 *              it comes back, its part, how many bars of the part follow, how
 *              far the last struck pitch is from the lowest, the highest and
 *              the mean one of the part, and the mean so far from that; the
 *              notes of the bar and of all bars on average; where its phrase
 *              will rest, which is told once more in the bar in which it does
 *   ahead      where the melody is known beforehand, the classes that sound in
 *              it at every eighth of the bar that begins with step t + 1
 *   best_lag   the same as lags for one lag more, which changes: that distance
 *              in bars, among all others so far, at which the tune has of late
 *              been most like itself; or, where the form says from which bar
 *              that of step t + 1 comes back, that distance
 *
 * The chords of a tune may be unknown, which is not "no chord". Then the chord
 * class is 0, its degrees and its duration are nothing, no lag finds a chord
 * and none can be copied, and a tune is like itself where its melody is. Where
 * `unknown` is off such a tune is one without a chord from end to end.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_CONTEXT_H
#define NOTT_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/conf.h"
#include "nott/base/err.h"
#include "nott/music/form.h"
#include "nott/music/tune.h"
#include "nott/music/vocabulary.h"

#define CONTEXT_POSITIONS 96 /* places in a bar; longer bars wrap around */
#define CONTEXT_METERS    10
#define CONTEXT_KEYS      (1 + TUNE_KEYS) /* 0 = unknown */
#define CONTEXT_LENGTHS   42              /* unknown, 0 .. 40 bars and more */
#define CONTEXT_DURATIONS 33              /* 0 .. 32 steps and more */
#define CONTEXT_RUNS      7 /* floor(log2(1 + run)): 0 .. 6 and more */
#define CONTEXT_LAGS      (CONF_LIST_MAX + 1) /* with the best one */
#define CONTEXT_BARS      128 /* the longest distance of the best lag */
#define CONTEXT_INTERVALS 13  /* semitones up or down, at most */
#define CONTEXT_AHEAD     8   /* places of the coming bar */
#define CONTEXT_LETTERS   4   /* of parts: A, B, C, and all others */
#define CONTEXT_TIMES     3   /* a part comes: first, second, and again */

/* Which of them are on; 0 = off. `copy` offers the classes at the lags to the
 * heads, `relative` also lets them answer in degrees, and with `end` the class
 * after the last chord says that the tune is over. */
struct features {
    int position, meter, key, length, sounding, durations, relative;
    int bars;              /* the modulus */
    struct conf_list lags; /* in bars */
    int best_lag, copy, end, unknown, form, intervals, ahead;
};

/* Their rows in the settings and in model files: a struct features is read and
 * written by these. */
extern const struct conf_group context_settings;

struct context {
    struct features on;
    int melody_count, chord_count;
    int hold, rest;  /* classes; without a hold -1, and notes only go on */
    size_t inputs;   /* rows of the embedding */
    size_t active;   /* of them summed at each step */
    size_t copies;   /* classes offered at each step */
    int low, lowest; /* the lowest pitch, and its class */
    int end;         /* chord class of the end, -1 = none */
    /* for `relative`: of each class its pitch class or root, -1 = none, and of
     * each chord the number of its kind: major, minor, ... */
    int8_t pitch_class[VOCABULARY_MAX + 1], root[VOCABULARY_MAX + 1];
    uint8_t quality[VOCABULARY_MAX + 1];
    int qualities;
};

/* A tune as the network meets it; keys are those of struct tune_header. */
struct tune_view {
    const uint8_t *melody; /* steps 0 .. t at least */
    const uint8_t *chord;  /* likewise; NULL = unknown */
    struct tune_header header;
    size_t steps;            /* of the whole tune; 0 = unknown */
    const struct form *form; /* NULL = unknown */
    int melody_known; /* all `steps` of it are there, not only those up to t */
};

/* What is remembered from step to step. */
struct context_state {
    int sounding, duration[2];
    int struck, interval[2]; /* the last struck class, -1 = none; semitones
                              * into it and into the one before */
    int part, part_sum, part_notes; /* of the form: pitches struck in it */
    /* For each distance in bars: for how many steps the tune has been the same
     * (not counted beyond what rows tell), and how like it has been of late, 0
     * to 65535. */
    uint8_t run[CONTEXT_BARS + 1];
    uint16_t likeness[CONTEXT_BARS + 1];
    int best_lag; /* in bars; 0 = none */
};

void context_init(struct context *c, const struct features *on,
                  const struct vocabulary *v);

/* The input when step t is given and t + 1 is to be predicted: index[active],
 * rows of the embedding. To be called for t = 0, 1, 2, ... in turn with the
 * same state, which is begun anew at t = 0. */
void context_input(const struct context *c, struct context_state *s,
                   const struct tune_view *tune, size_t t, uint16_t *index);

/* What the rows of a feature stand for, one after the other. */
enum context_meaning {
    MEANS_NUMBER, /* the same in every vocabulary */
    MEANS_MELODY, /* melody classes, and after them maybe that there is none */
    MEANS_CHORD,  /* likewise */
    MEANS_KIND,   /* that there is none, then twelve of each kind of chord */
};

struct context_feature {
    enum context_meaning meaning;
    size_t base, count; /* its rows of the embedding; 0 = it is off */
};

/* The features in the order of their rows, also those that are off, so that
 * contexts with the same lags have the same list. Returns how many there are.
 */
#define CONTEXT_FEATURES (37 + 3 * CONTEXT_LAGS)
size_t context_features(const struct context *c,
                        struct context_feature list[CONTEXT_FEATURES]);

/* The index of a key where keys are counted from 0, the unknown one first. */
int context_key(int key);

/* What a class is, seen from a key (0..23) or from a chord: the same number for
 * classes that are the same once tonic or root are moved to C; -1 = nothing,
 * and so for key -1 and chord -1. */
int context_melody_in_key(const struct context *c, int melody, int key);
int context_chord_in_key(const struct context *c, int chord, int key);
int context_melody_in_chord(const struct context *c, int melody, int chord);

/* The same seen from a class of its own voice: a distance in semitones, or the
 * motion of the root to a chord of some kind. */
int context_melody_from(const struct context *c, int melody, int from);
int context_chord_from(const struct context *c, int chord, int from);

/* The class from which that is seen when the next step of a voice is to come:
 * the last pitch that was struck, and the chord; after context_input. Where
 * there is none yet it is a class that nothing is seen from. */
int context_anchor(const struct context *c, const struct context_state *s,
                   const struct tune_view *tune, int melody, size_t t);

/* How many such numbers there are. */
#define CONTEXT_DISTANCES       (4 * CONTEXT_INTERVALS + 1)
#define CONTEXT_MELODIES_IN_KEY 24 /* degrees in major, in minor */
int context_chords_in_key(const struct context *c);
int context_melodies_in_chord(const struct context *c);

/* The class of one voice that each lag, and the best one, offers for step t +
 * 1: copy[copies], -1 where the tune has not been going on for so long, or its
 * chords are unknown. `voice` is the view's melody or chord. To be called after
 * context_input. */
void context_copies(const struct context *c, const struct context_state *s,
                    const struct tune_view *tune, const uint8_t *voice,
                    size_t t, int16_t *copy);

#endif
