/* The key of a tune, by its sign and by its notes.
 *
 * A sign with sharps or flats, or of a minor key, is believed. C major is what
 * programs write that were told nothing: it stands only where the notes do not
 * speak for another scale. Without a sign the notes decide: their weights by
 * pitch class against the profiles of Krumhansl & Kessler 1982 (as in Krumhansl
 * 1990, chapter 4), with the last note, and the roots of the first and the last
 * chord, speaking for the tonic. SPDX-License-Identifier: MIT */
#ifndef NOTT_KEY_H
#define NOTT_KEY_H

#include "nott/music/song.h"

enum key_mode { MODE_MAJOR, MODE_MINOR, MODE_DORIAN, MODE_MIXOLYDIAN };

struct key {
    int key;            /* as in struct tune_header */
    int by_sign;        /* 1 = the sign says so */
    enum key_mode mode; /* what final and scale say */
};

/* `melody` and `chords` are the notes, the latter maybe none; signs of
 * `melody_part` come first, and stand up to tick `start` and a little after. */
void key_find(struct key *k, const struct song *s, int melody_part,
              int64_t start, const struct part *melody,
              const struct part *chords);

extern const char *const key_mode_names[]; /* "major", "minor", ... */

#endif
