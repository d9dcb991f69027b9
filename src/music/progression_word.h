/* The words of a progression: see progression.h. SPDX-License-Identifier: MIT
 */
#ifndef NOTT_PROGRESSION_WORD_H
#define NOTT_PROGRESSION_WORD_H

#include "nott/music/progression.h"

/* Notes of a chord over its root. */
enum {
    OVER_SECOND = 1 << 2,
    OVER_MINOR_THIRD = 1 << 3,
    OVER_MAJOR_THIRD = 1 << 4,
    OVER_FLAT_FIFTH = 1 << 6,
    OVER_FIFTH = 1 << 7,
    OVER_SEVENTH = 1 << 10,
    OVER_TRIAD = 7 << 9, /* sixth and sevenths */
    OVER_THIRDS = OVER_MINOR_THIRD | OVER_MAJOR_THIRD
};

/* Bytes at p that part words; within a word a hyphen before a digit does not.
 */
size_t progression_word_gap(const char *p, int within);

/* Bytes at p that are a bar line, with its dots and brackets. */
size_t progression_word_mark(const char *p);

/* Bytes of the word at p. */
size_t progression_word_length(const char *p);

/* What a word of less than PROGRESSION_WORD bytes says; -1 = it is no chord. */
int progression_word_read(struct progression_chord *c, const char *word);

int progression_word_is_numeral(const struct progression_chord *c);

/* Is a chord, over its root, diminished, with a seventh or without? */
int progression_word_is_diminished(unsigned over);

#endif
