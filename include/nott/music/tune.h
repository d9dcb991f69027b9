/* A tune in steps, and the signs it stands under.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_TUNE_H
#define NOTT_TUNE_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/music/song.h"
#include "nott/music/vocabulary.h"

/* ---- the header: what holds from the first step to the last ---- */

#define TUNE_KEY_UNKNOWN (-1)
#define TUNE_KEYS        24 /* known ones: a key is 0..23 */

struct tune_header {
    int bar,
        phase; /* steps in a bar, >= 1; step of the first bar line, < bar */
    int beats, unit; /* time signature, e.g. 6 8; each >= 1 */
    int key; /* tonic 0..11 in major, 12 + tonic in minor, TUNE_KEY_UNKNOWN */
};

/* 1 when every field is in its range. */
int tune_header_fits(const struct tune_header *h);

/* Steps from one accent to the next inside a bar: the beat. A dotted quarter in
 * 6/8 and its kin, else the unit of the signature. */
int tune_beat_steps(const struct tune_header *h);

/* Tonic 0..11 of a key, -1 of the unknown one; whether it is minor. */
int tune_tonic(int key);
int tune_is_minor(int key);

/* Semitones from the tonic up to a pitch class, 0..11; -1 where either is
 * unknown (-1). */
int tune_degree(int key, int pitch_class);

/* Bars of a tune of so many steps: from the first bar line on; the last one
 * counts when half of it is there. */
size_t tune_bars(const struct tune_header *h, size_t steps);

/* The pitch classes of C major, bit 0 = C; and the tonic of the major key that
 * has the scale of a key (natural minor) that is known. */
#define TUNE_MAJOR_SCALE 0xab5u
int tune_scale_tonic(int key);

/* The key so many semitones higher; the unknown one stays unknown. */
int tune_transpose_key(int key, int semitones);

/* "G", "Em", "?". */
#define TUNE_KEY_NAME 8
const char *tune_key_name(int key, char name[TUNE_KEY_NAME]);

/* ---- the tune ---- */

/* How it is played. */
struct performance {
    double tempo;                      /* quarters a minute */
    int melody_program, chord_program; /* General MIDI, -1 = none */
};

/* All but its steps. */
struct tune_frame {
    struct tune_header header;
    int steps_per_quarter;
    struct performance performance;
};

struct tune {
    uint8_t *melody, *chord; /* owned: [steps], classes of a vocabulary */
    size_t steps;
    int has_chords; /* 0 = they are unknown, all of class 0 */
    struct tune_frame frame;
    int64_t start; /* tick of the song that it was made from that is step 0 */
};

/* With chords, of class 0 as the melody. ERR_MEM. */
int tune_init(struct tune *t, size_t steps, struct err *e);
void tune_free(struct tune *t);

/* Another tune that is the same. ERR_MEM. */
int tune_copy(struct tune *to, const struct tune *from, struct err *e);

/* A song in the classes of a vocabulary, at that many steps in a quarter note;
 * with `chords_will_do` also one that has chords alone. ERR_FORMAT when it is
 * no tune (`name: why`), ERR_MEM. */
int tune_from_song(struct tune *t, const struct vocabulary *v,
                   int steps_per_quarter, int chords_will_do,
                   const struct song *song, const char *name, struct err *e);

/* The chord to begin with where none was heard: the triad on the tonic if the
 * vocabulary has it; none in a pickup, nor without a key. */
int tune_first_chord(const struct vocabulary *v, const struct tune_header *h);

/* Chords for every bar of the tune from a text like "D G A7 D" or "I-vi-IV-V":
 * see progression.h. ERR_USAGE, ERR_MEM. */
int tune_set_chords(struct tune *t, const struct vocabulary *v,
                    const char *text, struct err *e);

#endif
