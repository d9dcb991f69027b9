/* The written form of a tune: what stands on a sheet, one voice of it.
 *
 * A score is a row of items in the order in which they are written: notes,
 * rests, chord symbols, bar lines with their repeats and endings, changes of
 * key, meter, tempo and part. Lengths are in ticks of which SCORE_WHOLE make a
 * whole note, so that 256ths and groups of 3, 5, 7 and 9 come out even. All
 * that people read is printed from it, and all that they write is read to it.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SCORE_H
#define NOTT_SCORE_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/music/song.h"

#define SCORE_WHOLE 80640 /* 256 * 315 */
#define SCORE_PPQ   (SCORE_WHOLE / 4)

/* In the order of their tonics on the major scale. */
enum score_mode {
    SCORE_MAJOR,
    SCORE_DORIAN,
    SCORE_PHRYGIAN,
    SCORE_LYDIAN,
    SCORE_MIXOLYDIAN,
    SCORE_MINOR,
    SCORE_LOCRIAN,
    SCORE_MODES
};

extern const char *const score_mode_names[SCORE_MODES]; /* "major", ... */

/* A key as it is signed. */
struct score_key {
    signed char letter;  /* of the tonic, 0 = C .. 6 = B; -1 = no key */
    signed char alter;   /* of the tonic, semitones, -1..1 */
    signed char mode;    /* enum score_mode */
    signed char sign[7]; /* semitones of each letter, C first, -2..2 */
};

/* A pitch as it is spelt. */
struct score_pitch {
    signed char letter;  /* 0 = C .. 6 = B */
    signed char octave;  /* that of middle C is 4 */
    signed char alter;   /* semitones, -2..2, whatever the key says */
    unsigned char shown; /* an accidental is written before it */
};

#define SCORE_PITCHES 8 /* of one chord */

enum score_kind {
    SCORE_NOTE,
    SCORE_REST,
    SCORE_SYMBOL, /* text: the name of a chord, from the next item on */
    SCORE_BAR,    /* bar: bits of enum score_bar; 0 = a single line */
    SCORE_ENDING, /* endings: bit k = played the k+1st time, up to the next
                   * ending or the end of the last repeat */
    SCORE_KEY,
    SCORE_METER, /* beats, unit; 0 0 = free */
    SCORE_TEMPO, /* quarters a minute */
    SCORE_PART,  /* text: its name */
};

enum score_bar {
    SCORE_BAR_DOUBLE = 1,   /* two thin lines */
    SCORE_BAR_END = 2,      /* thin and thick */
    SCORE_BAR_REPEATED = 4, /* what stands before is played again */
    SCORE_BAR_REPEAT = 8,   /* what comes is to be */
    SCORE_BAR_THRICE = 16,  /* what stands before is played three times */
};

struct score_meter {
    int beats, unit; /* 6 8; 0 0 = free */
};

struct score_item {
    enum score_kind kind;
    int line, column; /* where it was read, from 1; 0 = it was not */
    union {
        struct {
            int64_t length; /* ticks as it sounds, >= 1; 0 in grace notes */
            struct score_pitch pitch[SCORE_PITCHES]; /* ascending not needed */
            unsigned char count;                     /* 0 in rests */
            unsigned char tied;   /* to the next note of the same pitch */
            unsigned char grace;  /* takes no time */
            unsigned char hidden; /* a rest that is not drawn */
            /* Tuplets: `actual` in the time of `normal`, 0 = none; `group` at
             * the first of a group is how many notes and rests it has. */
            unsigned char actual, normal, group;
        } note; /* SCORE_NOTE, SCORE_REST */
        struct score_key key;
        struct score_meter meter;
        double tempo;
        unsigned bar, endings;
        char text[32]; /* UTF-8 */
    };
};

struct score {
    char title[SONG_TEXT_MAX + 1], composer[SONG_TEXT_MAX + 1]; /* UTF-8 */
    char rhythm[32]; /* "jig", "reel", "slip jig"; "" = not said */
    char parts[128]; /* the order of the parts, "AABB"; "" = as they stand */
    struct score_key key;
    struct score_meter meter; /* at the beginning */
    double tempo;             /* quarters a minute; 0 = not said */
    struct score_item *items; /* owned; ends with a bar line */
    size_t count, cap;
};

void score_free(struct score *s); /* leaves it zeroed; a zeroed one is empty */

/* Adds an item at the end. ERR_MEM. */
int score_add(struct score *s, const struct score_item *item, struct err *e);

/* Sets the signature of letter, alter and mode. 0; -1 where it would need more
 * than seven sharps or flats. */
int score_key_sign(struct score_key *k);

/* Letter and accidental of the note so many fifths above C, -8..12. */
struct score_pitch score_fifth(int fifths);

/* The key of a signature in a mode. */
struct score_key score_key_of(int sharps, enum score_mode mode);

/* Its number of sharps, negative = flats: those of its signature. */
int score_key_sharps(const struct score_key *k);

/* Semitones over C of a letter without accidental. */
int score_letter_class(int letter);

/* The MIDI pitch that it sounds; 60 = middle C. */
int score_pitch_midi(const struct score_pitch *p);

/* The greatest common divisor of two lengths. */
int64_t score_common_divisor(int64_t a, int64_t b);

/* Can a score say so many quarters a minute? 4 to 10,000 of them. */
int score_tempo_fits(double quarters);

/* Is a chord symbol that of no chord? */
int score_is_silence(const char *symbol);

/* Is a beat three units of the meter, as in 6/8? */
int score_is_compound(struct score_meter m);

/* Ticks of a bar of a meter; 0 of a free one. */
int64_t score_bar_length(struct score_meter m);

/* Ticks from one beat to the next: the group that is beamed together. A dotted
 * quarter in 3/8, 6/8 and their kin, a half in 4/4 and 2/2 beams of eighths. */
int64_t score_beat_length(struct score_meter m);

/* The first item that two scores do not have in common, whatever place they
 * were read from; SIZE_MAX where they are the same in everything. */
size_t score_differs(const struct score *a, const struct score *b);

#endif
