/* Songs to scores: what is played, written down. SPDX-License-Identifier: MIT
 */
#ifndef NOTT_NOTATE_H
#define NOTT_NOTATE_H

#include "nott/base/err.h"
#include "nott/music/song.h"
#include "nott/score/score.h"

struct notation {
    int steps_per_quarter; /* notes are put on this grid, 1..96 */
    const char *rhythm;    /* "jig"; "" = not said */
    int fold; /* a part that comes twice is written once, with repeats */
};

/* Writes a song of decode_song down: its melody in part 1, names of chords in
 * the lyrics of that part, signs in part 0. A chord symbol stands at the
 * beginning of each bar and where the chord changes; notes are split, with
 * ties, at bar lines and where one note has no value of that length; three in
 * the time of two become triplets. Letters and accidentals are those nearest
 * to the key on the line of fifths.
 *
 * Folding looks for parts of 8, 16, 12 and 4 bars that come twice in a row; if
 * they differ in the last bars alone these become first and second endings.
 * Playing the score gives the song again. ERR_MEM. The caller frees *s. */
int notate_song(struct score *s, const struct song *song,
                const struct notation *how, struct err *e);

#endif
