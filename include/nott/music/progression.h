/* Chords as people type them: "D G A7 D", "| Am | F G | C | % |", "I-vi-IV-V".
 *
 * Names are those of chord_read, also with a small letter and the signs of
 * music: F#m7, Bb/D (whose bass is left out), Bo, C+, am, e♭. Numerals count
 * from the key, small ones are minor: ii7, bVII, vii°, V/ii. In a minor key
 * III, VI and VII are those of its natural scale, with a flat or without, and
 * #VI and #VII a semitone higher; a diminished vii is always the leading tone.
 * N.C. and NC are no chord.
 *
 * Between them stand blanks, commas and hyphens; a hyphen before a digit is
 * part of the chord, "C-7". Each chord is a bar as long as no bar line stands
 * in the text. Then those of a bar share it, on its beats, and longer ones come
 * first; a line of text ends a bar; / in a bar is the chord before again.
 * % is the bar before again, and so is an empty bar; |: :| is played twice, and
 * [ ] say nothing. SPDX-License-Identifier: MIT */
#ifndef NOTT_PROGRESSION_H
#define NOTT_PROGRESSION_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/music/tune.h"
#include "nott/music/vocabulary.h"

#define PROGRESSION_WORD 32
#define PROGRESSION_MOST 1024 /* chords and repeated bars that are written */

struct progression_chord {
    char text[PROGRESSION_WORD]; /* as it is written */
    uint16_t set;                /* of a numeral over C; 0 = no chord */
    int root;                    /* of a name; -1 = no chord, or a numeral */
    int up[2]; /* of a numeral: over the tonic of a major and a minor key */
    int bar;   /* where it is written, from 1 */
};

struct progression_bar {
    size_t first, count; /* its chords */
};

struct progression {
    struct progression_chord *chords; /* owned, as they are written */
    struct progression_bar *bars;     /* owned, as they are played */
    size_t chord_count, bar_count;
};

/* ERR_USAGE for what is no chord, with its bar; ERR_MEM. */
int progression_read(struct progression *p, const char *text, struct err *e);
void progression_free(struct progression *p);

/* The likeliest key of the chords that are named; TUNE_KEY_UNKNOWN where all
 * are numerals or none. */
int progression_key(const struct progression *p);

/* The class of each step under a header, from the first bar line on, again from
 * the beginning when they are used up; the pickup has none. Numerals count from
 * the key of the header, C when it has none. What the vocabulary lacks is
 * played as what is nearest: without its ninth, then without its seventh or
 * sixth; a fifth alone with the third of the key; a diminished chord as the
 * dominant seventh that has its notes; else by vocabulary_chord, or as what has
 * most of its notes. ERR_USAGE, with `chord` left alone, when nothing has any
 * or a bar has more chords than steps; ERR_MEM. */
int progression_lay(const struct progression *p, const struct vocabulary *v,
                    const struct tune_header *h, uint8_t *chord, size_t steps,
                    struct err *e);

/* Appends a line for each chord that is played as another one in that key,
 * unless `told` has it already: "the model has no Dm7; Dm is played". */
void progression_report(const struct progression *p, const struct vocabulary *v,
                        int key, struct buf *told);

#endif
