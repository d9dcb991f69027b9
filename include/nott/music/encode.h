/* Songs to steps and back: the grid, the melody class, the chord class.
 *
 * A step is a 16th note (steps_per_quarter = 4) or finer. Encoding goes in two
 * passes, because which chords have a class of their own is counted over the
 * training tunes: encode_song finds the melody as pitches and the chords as
 * they were heard, vocabulary_build counts, encode_classes translates.
 *
 * The encodings are in attack.h and classic.h, the way back in decode.h.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_ENCODE_H
#define NOTT_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/music/chord.h"
#include "nott/music/raw_tune.h"
#include "nott/music/song.h"
#include "nott/music/vocabulary.h"

#define ENCODE_MAX_STEPS_PER_QUARTER 96

/* The quarter notes that a tune may last whatever it is written in, and those
 * that it may last more for each byte of that. Tunes have half a quarter for a
 * byte at most. What has more is hours of silence or of one note, or repeats of
 * repeats, and would take memory out of all proportion to its file. */
#define ENCODE_QUARTERS          64
#define ENCODE_QUARTERS_PER_BYTE 4

/* Whether a tune without accompaniment is kept, its chords unknown. Where
 * chords are required, a melody must have one voice, chords are heard as they
 * are struck, and key signatures are believed, as in what has been published.
 */
enum encode_chords { CHORDS_OPTIONAL, CHORDS_REQUIRED };

extern const char *const encode_chords_names[]; /* ends with NULL */

struct encode_options {
    enum encoding encoding;
    int steps_per_quarter;
    enum encode_chords chords;
    int melody_track, chord_track; /* from 1; 0 = by evidence */
    /* The same by a part of their names, in any case; NULL = by number. */
    const char *melody_name, *chord_name;
    int chords_will_do; /* a tune may be chords alone, its melody silent */
    size_t bytes; /* that the tune is written in: one that is too long for them
                   * is refused; 0 = they are not known */
};

/* Writes a line for each voice of a song: what it is taken for, and what speaks
 * for it. ERR_FORMAT where a track that is asked for is not there; ERR_MEM. */
int encode_tracks(const struct song *s, const struct encode_options *o,
                  struct buf *out, struct err *e);

/* Chooses the voices (roles.h), finds bars and key, and puts the notes on the
 * grid. Memory and time grow as notes and steps do: the worst that 100,000
 * steps can be, a chord for each of eleven beats in a bar, takes four seconds.
 * A refused tune is not an error: `reason` says why, and 0 is returned. -1 with
 * ERR_MEM. The caller frees with raw_tune_free. */
int encode_song(struct raw_tune *t, const struct song *s,
                const struct encode_options *o, struct chord_pool *pool,
                struct err *e);

/* Steps of each chord of the pool in a tune are added to counts[pool->count];
 * where chords are unknown there are none. */
void encode_count(const struct raw_tune *t, size_t *counts);

/* Writes the classes of t's steps; pitches outside the vocabulary are moved by
 * octaves into it, and their number is returned. Unknown chords are class 0. */
int encode_classes(const struct raw_tune *t, const struct vocabulary *v,
                   const int *map, uint8_t *melody, uint8_t *chord);

#endif
