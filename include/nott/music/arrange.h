/* How a tune is played: patterns of accompaniment, swing, instruments, tempo.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_ARRANGE_H
#define NOTT_ARRANGE_H

#include "nott/base/err.h"
#include "nott/music/song.h"

enum accompaniment {
    ACCOMPANIMENT_BLOCK,      /* as decode_song has written them */
    ACCOMPANIMENT_BOOM_CHUCK, /* bass on the beat, chord after it */
    ACCOMPANIMENT_ARPEGGIO,   /* one note after the other */
    ACCOMPANIMENT_DRONE,      /* tonic and fifth of the key, held */
    ACCOMPANIMENT_NONE
};

extern const char *const arrange_accompaniment_names[]; /* ends with NULL */

struct arrangement {
    enum accompaniment accompaniment;
    double swing; /* 0.5 = even; where in a beat of two eighths (sixteenths in
                   * 2/4) the second one begins, up to 0.75 */
};

/* Plays a song of decode_song that way, in place: part 1 is the melody, part 2
 * the chords, if there are some, struck where they change and on every bar
 * line. Meters are those of its marks; a pickup has no bass. ERR_MEM; the song
 * is then still one, but only partly so. */
int arrange_song(struct song *s, const struct arrangement *a, struct err *e);

/* The General MIDI program 0..127 of a text: its number 1..128 as in the
 * standard's list, or its name or a part of it, in any case ("fiddle",
 * "acoustic guitar (nylon)"). ERR_USAGE says what is near. */
int arrange_instrument(const char *text, int *program, struct err *e);
const char *arrange_instrument_name(int program);

/* Quarters a minute at which dances of that rhythm ("jig", "slip jig", "" = not
 * said) and meter are played at a session. */
double arrange_tempo(const char *rhythm, int beats, int unit);

#endif
