/* Songs to steps and back: the grid, the melody class, the chord class.
 *
 * A step is a 16th note (steps_per_quarter = 4) or finer. Encoding goes in two
 * passes, because which chords have a class of their own is counted over the
 * training tunes: encode_song finds the melody as pitches and the chords as
 * they were heard, vocabulary_build counts, encode_classes translates.
 *
 * attack   Onsets go to the nearest step, halves up; so do ends, after a tick
 *          has been added (note-offs come one tick early in the collection).
 *          A note that begins cuts the one before; of notes that begin at the
 *          same step the longest stays. Chords: the notes sounding together;
 *          in tracks where a bass note comes first and its chord a beat later,
 *          the chord begins with the bass and holds over the gap.
 * classic  The 2016 reference. Of a pitch that is struck while it sounds the
 *          first start counts. A note with more than half a step between
 *          different steps covers them; a shorter one votes with its length
 *          for one step or two. A step holds the pitches that cover it; if
 *          none does, the most voted ones.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_ENCODE_H
#define NOTT_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "nott/chord.h"
#include "nott/err.h"
#include "nott/meter.h"
#include "nott/song.h"
#include "nott/vocabulary.h"

#define ENCODE_MAX_STEPS 100000 /* longer tunes are refused */
#define ENCODE_REST      (-1)   /* in raw_tune.melody; else a MIDI pitch */
#define ENCODE_HOLD      (-2)   /* attack only: the pitch goes on */
#define ENCODE_KEY_NONE  (-1)

struct encode_options {
    enum encoding encoding;
    int steps_per_quarter;
    int melody_track, chord_track; /* from 1; 0 = by rule */
};

/* A tune on the grid before its classes are known, or why it is refused. */
struct raw_tune {
    int steps;
    int16_t *melody;  /* owned, [steps] */
    int *chord;       /* owned, [steps]: numbers in the pool */
    int bar, phase;   /* in steps; the first bar line is at step `phase` */
    int beats, unit;  /* time signature */
    int key;          /* tonic 0..11 in major, 12 + tonic in minor, or NONE */
    char reason[160]; /* why the tune is refused; "" = it is kept */
    int melody_track, chord_track; /* from 1, 0 = none found */
    int by_accents;                /* bar lines by accents, not by chords */
    int bass_first;                /* chords are played as bass and chord */
    /* attack only: notes of the melody, those off the grid by more than a
     * hundredth of a quarter, those lost to other notes, and the mean distance
     * of onsets from the grid in quarters. */
    size_t notes, moved, lost;
    double error;
};

/* Chooses the tracks (one with at least two notes sounding at a time on most
 * of its length has the chords; of the others the one with the highest notes
 * is the melody; one track with two channels is split by channel first), finds
 * meter and key, and puts the notes on the grid. A refused tune is not an
 * error: `reason` says why, and 0 is returned. -1 with ERR_MEM. The caller
 * frees with raw_tune_free. */
int encode_song(struct raw_tune *t, const struct song *s,
                const struct encode_options *o, struct chord_pool *pool,
                struct err *e);
void raw_tune_free(struct raw_tune *t);

/* Steps of each chord of the pool in a tune are added to counts[pool->count].
 */
void encode_count(const struct raw_tune *t, size_t *counts);

/* Makes the classes from how many steps each chord of the pool fills: chords
 * of at least min_count steps, in the order of their roots. low..high is the
 * range of the melody (attack). map[pool->count] receives the class of each
 * chord, rarer ones that of the likest; in classic, where a chord keeps the
 * class of the step before, -1. ERR_FORMAT when there are too many classes. */
int vocabulary_build(struct vocabulary *v, enum encoding encoding,
                     const struct chord_pool *pool, const size_t *counts,
                     size_t min_count, int low, int high, int *map,
                     struct err *e);

/* The class of each chord of the pool under an existing vocabulary, as
 * vocabulary_build would fill it in. */
void vocabulary_map(const struct vocabulary *v, const struct chord_pool *pool,
                    int *map);

/* Writes the classes of t's steps; pitches outside the vocabulary are moved by
 * octaves into it, and their number is returned. */
int encode_classes(const struct raw_tune *t, const struct vocabulary *v,
                   const int *map, uint8_t *melody, uint8_t *chord);

/* What a song needs besides its steps. */
struct tune_frame {
    int steps_per_quarter, bar, phase, beats, unit, key;
    double tempo;                      /* quarters a minute */
    int melody_program, chord_program; /* General MIDI, -1 = none */
};

/* Steps to a song of three parts: signatures, melody on channel 1, chords on
 * channel 2 in the voicing of their class. The melody is accented by its place
 * in the bar (105, 95, 80), so that reading it again finds the bar lines.
 * Chords are struck where they change and on every bar line. A hold without a
 * note before it is a rest. ERR_MEM. The caller frees *s. */
int decode_song(struct song *s, const struct vocabulary *v,
                const uint8_t *melody, const uint8_t *chord, size_t steps,
                const struct tune_frame *f, const char *title, struct err *e);

#endif
