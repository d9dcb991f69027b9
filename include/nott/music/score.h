/* The written form of a tune: what stands on a sheet, one voice of it.
 *
 * A score is a row of items in the order in which they are written: notes,
 * rests, chord symbols, bar lines with their repeats and endings, changes of
 * key, meter, tempo and part. Lengths are in ticks of which SCORE_WHOLE make a
 * whole note, so that 256ths and groups of 3, 5, 7 and 9 come out even. All that
 * people read is printed from it (abc.h), and all that they write is read to it;
 * score_to_song plays it, repeats unrolled. SPDX-License-Identifier: MIT */
#ifndef NOTT_SCORE_H
#define NOTT_SCORE_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/music/song.h"

#define SCORE_WHOLE 80640 /* 256 * 315 */
#define SCORE_PPQ   (SCORE_WHOLE / 4)

enum score_mode {
    SCORE_MAJOR,
    SCORE_DORIAN,
    SCORE_PHRYGIAN,
    SCORE_LYDIAN,
    SCORE_MIXOLYDIAN,
    SCORE_MINOR,
    SCORE_LOCRIAN
};

/* A key as it is signed. */
struct score_key {
    int letter;           /* of the tonic, 0 = C .. 6 = B; -1 = no key */
    int alter;            /* semitones, -1..1 */
    enum score_mode mode;
    signed char sign[7];  /* semitones of each letter under the signature */
};

/* A pitch as it is spelt; it sounds at 12 * (octave + 1) + class + alter. */
struct score_pitch {
    signed char letter; /* 0 = C .. 6 = B */
    signed char octave; /* 4 has middle C */
    signed char alter;  /* semitones, -2..2, whatever the key says */
    unsigned char shown; /* an accidental is written before it */
};

#define SCORE_PITCHES 8 /* of one chord */

enum score_kind {
    SCORE_NOTE,   /* pitches, length, tuplet, tie, grace */
    SCORE_REST,   /* length; shown = 0: one that is not drawn */
    SCORE_SYMBOL, /* text: the name of a chord, from the next item on */
    SCORE_BAR,    /* bar: bits */
    SCORE_ENDING, /* endings: bits of the times in which it is played */
    SCORE_KEY,
    SCORE_METER,
    SCORE_TEMPO,
    SCORE_PART, /* text: its name */
    SCORE_BREAK /* a new line of the sheet */
};

enum score_bar {
    SCORE_BAR_DOUBLE = 1,
    SCORE_BAR_END = 2, /* thin and thick */
    SCORE_BAR_REPEATED = 4, /* what stands before is played again */
    SCORE_BAR_REPEAT = 8    /* what comes is to be */
};

struct score_item {
    enum score_kind kind;
    int64_t length; /* of notes and rests, as they sound: ticks */
    int line, column; /* where it was read, from 1; 0 = it was not */
    union {
        struct {
            struct score_pitch pitch[SCORE_PITCHES];
            unsigned char count;
            unsigned char tied;  /* to the next note of the same pitch */
            unsigned char grace; /* takes no time */
        } note;
        struct score_key key;
        struct {
            int beats, unit; /* 0, 0 = free */
        } meter;
        double quarters; /* a minute */
        unsigned bar, endings;
        char text[32];
    };
};

struct score {
    char title[SONG_TEXT_MAX + 1], composer[SONG_TEXT_MAX + 1];
    char rhythm[32]; /* "jig", "reel"; "" = not said */
    char parts[128]; /* the order of the parts, "AABB"; "" = as they stand */
    struct score_key key;
    int beats, unit;       /* meter at the beginning; 0, 0 = free */
    double tempo;          /* quarters a minute; 0 = not said */
    struct score_item *items; /* owned */
    size_t count, cap;
};

void score_free(struct score *s);

/* Adds an item at the end. ERR_MEM. */
int score_add(struct score *s, const struct score_item *item, struct err *e);

/* The signature of a key; `sharps` gets their number, -7..7. */
void score_key_sign(struct score_key *k, int *sharps);

int score_pitch_midi(const struct score_pitch *p);

/* Plays it: a part with the melody, one with the chords if there are symbols,
 * with repeats, endings and parts in their order; ppq is SCORE_PPQ divided as
 * far as all lengths allow. ERR_MEM. */
int score_to_song(struct song *song, const struct score *s, struct err *e);

#endif
