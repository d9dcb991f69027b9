/* A tune on the grid whose classes are not known yet.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_RAW_TUNE_H
#define NOTT_RAW_TUNE_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/music/tune.h"

#define ENCODE_MAX_STEPS 100000 /* longer tunes are refused */
#define ENCODE_REST      (-1)   /* in raw_tune.melody; else a MIDI pitch */
#define ENCODE_HOLD      (-2)   /* attack only: the pitch goes on */

/* What the chords of a tune were heard by: struck together in one voice, all
 * notes of the accompaniment, names in texts. */
enum chords_by {
    CHORDS_UNKNOWN,
    CHORDS_BY_STRIKES,
    CHORDS_BY_NOTES,
    CHORDS_BY_TEXTS
};

/* A tune on the grid before its classes are known, or why it is refused. */
struct raw_tune {
    int steps;
    int16_t *melody; /* owned, [steps] */
    int *chord;      /* owned, [steps]: numbers in the pool */
    int has_chords;  /* 0 = no accompaniment was heard: what the chords are is
                      * unknown, which is not "no chord", and all are 0 */
    struct tune_header header;
    char reason[160]; /* why the tune is refused; "" = it is kept */
    int melody_track, chord_track; /* from 1, 0 = none found */
    enum chords_by chords_by;
    const char *by;    /* what the bar lines were found by */
    const char *mode;  /* "dorian", as the notes say; or NULL */
    int mode_tonic;    /* its pitch class */
    int key_by_sign;   /* else by its notes */
    int meter_by_sign; /* else by its notes */
    int meter_changes; /* to other meters on the way */
    int64_t start;     /* tick of the song that is step 0 */
    double tempo;      /* quarters a minute; 0 = not said */
    size_t doubled;    /* onsets of which the upper note is kept */
    int bass_first;    /* chords are played as bass and chord */
    /* attack only: notes of the melody, those off the grid by more than a
     * hundredth of a quarter, those lost to other notes, and the mean distance
     * of onsets from the grid in quarters. */
    size_t notes, moved, lost;
    double error;
};

/* Says why the tune is refused. */
void raw_tune_refuse(struct raw_tune *t, const char *fmt, ...) ERR_PRINTF(2, 3);

void raw_tune_free(struct raw_tune *t);

#endif
