/* The key of a tune, by its sign and by its notes.
 *
 * A sign is believed where the notes do not gainsay it. C major is what
 * programs write that were told nothing: it speaks for little; many sign E
 * minor as G, and parts as their instruments read them. Without a sign the
 * notes decide: their weights by pitch class against the profiles of Krumhansl
 * & Kessler 1982 (as in Krumhansl 1990, chapter 4), with the last note and the
 * root of the last chord speaking for the tonic. The tonic of a mode is where a
 * tune ends: under the sign of G one that ends on A, and stands on it, is in A
 * dorian. SPDX-License-Identifier: MIT */
#ifndef NOTT_KEY_H
#define NOTT_KEY_H

#include "nott/music/song.h"

enum key_mode { MODE_MAJOR, MODE_MINOR, MODE_DORIAN, MODE_MIXOLYDIAN, MODES };

struct key {
    int key;            /* as in struct tune_header */
    int by_sign;        /* 1 = the sign says so */
    int tonic;          /* pitch class, and */
    enum key_mode mode; /* what final and scale say */
};

/* `melody` and `chords` are the notes, the latter maybe none; signs of
 * `melody_part` come first, and stand up to the first bar line, `line` ticks
 * after the tick `start`. With `believe` the sign at the start gives the key
 * whatever the notes say. */
void key_find(struct key *k, const struct song *s, int melody_part,
              int64_t start, int64_t line, const struct part *melody,
              const struct part *chords, int believe);

/* Tonic and mode of a key that is known, as those notes have them. */
void key_mode(struct key *k, int key, int ppq, const struct part *melody,
              const struct part *chords);

/* "A dorian"; from a text with "key " before it key_find knows it again. */
#define KEY_TEXT 32
const char *key_text(const struct key *k, char text[KEY_TEXT]);

extern const char *const key_mode_names[]; /* "major", "minor", ... */

#endif
