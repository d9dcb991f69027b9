/* Bars: where a tune begins, how long its bars are and where they begin.
 *
 * The signs of a file come first: all time signatures, in whatever track; a
 * first bar that is shorter than those after it is a pickup; bars before the
 * first note are no music, and of a rest before a pickup nothing remains. Where
 * there is no sign, or only the 4/4 of programs that were told nothing, the
 * notes are listened to (pulse.h). Where there is one signature only and music
 * from the beginning, as in files that begin with the pickup itself, the notes
 * decide: accents, if there is a habit of them, or the first chord.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_BARS_H
#define NOTT_BARS_H

#include "nott/music/song.h"

enum bars_by { BARS_BY_SIGNS, BARS_BY_ACCENTS, BARS_BY_CHORDS };

extern const char *const bars_by_names[]; /* "signs", "accents", "chords" */

struct bars {
    int beats, unit;   /* of most bars: 6 / 8 */
    int by_sign;       /* a sign says so; else the notes do (pulse.h) */
    int64_t bar_ticks; /* length of such a bar */
    int64_t start;     /* tick at which the tune begins */
    int64_t phase; /* ticks from there to the first bar line, less than a bar */
    enum bars_by by;
    int changes; /* other meters in the tune, each time that they come */
};

/* `melody` and `chords` are the notes; `chords` may be empty. `melody_part` is
 * the part whose own signs come first where several stand at a tick. */
void bars_find(struct bars *b, const struct song *s, int melody_part,
               const struct part *melody, const struct part *chords);

#endif
