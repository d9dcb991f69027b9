/* ABC notation: texts to scores and back.
 *
 * Version 2.1 of the standard (Chris Walshaw and others, December 2011) as far
 * as it is about one-voice tunes, and what people write that is older or
 * looser. Lines and columns count from 1. SPDX-License-Identifier: MIT */
#ifndef NOTT_ABC_H
#define NOTT_ABC_H

#include <stddef.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/score/score.h"

/* Texts that are larger are refused, or with more tunes. */
#define ABC_MAX_BYTES ((size_t)64 << 20)
#define ABC_MAX_TUNES ((size_t)1 << 18)

/* Bytes of remarks on a tune, some hundred lines; and of the last one, which
 * says how many more there would be. */
#define ABC_MAX_REMARKS ((size_t)16 << 10)
#define ABC_LAST_REMARK ((size_t)96)

/* Where a tune stands in a text. */
struct abc_tune {
    size_t from, to; /* bytes */
    int line;        /* of its first */
    long number;     /* after X:, -1 = none */
};

/* What the fields before the first tune say, which is for all. */
struct abc_preface {
    char composer[SONG_TEXT_MAX + 1], rhythm[32]; /* as in struct score */
    struct score_meter meter;
    double tempo;      /* quarters a minute; 0 = not said */
    int64_t unit;      /* ticks; 0 = not said */
    int by_octave;     /* accidentals are for one octave alone */
    int in_block;      /* a text in it is not closed */
    struct err failed; /* of no code where it can be read */
};

/* A text with tunes, one or thousands. */
struct abc_book {
    const char *text; /* borrowed */
    size_t size;
    size_t header; /* bytes before the first tune */
    struct abc_preface preface;
    struct abc_tune *tunes; /* owned */
    size_t count;
};

/* Could these bytes be ABC, and nothing else that we read? */
int abc_is_text(const void *data, size_t n);

/* Finds the tunes: each begins with X:, and one that has none with the first
 * field that is there. What comes before them is read once. Time grows as the
 * text, memory as the number of tunes. ERR_FORMAT when there is no tune, or too
 * many of them, ERR_MEM. */
int abc_open(struct abc_book *b, const void *data, size_t n, struct err *e);
void abc_close(struct abc_book *b);

/* Reads a tune. What is odd but can be read is told in `remarks`, a line each,
 * "LINE:COLUMN: what", and so is what is left out: all voices but the first,
 * overlays, spacing. Decorations and words say nothing of a tune and go without
 * a remark. What is odd before the first tune is told with that one. Remarks
 * that would be more than remarks->max bytes (0 = ABC_MAX_REMARKS; at least
 * ABC_LAST_REMARK) are counted, and the last line says how many they are.
 * ERR_FORMAT "LINE:COLUMN: what" for what is no tune, or has macros; ERR_MEM.
 * The caller frees *s. Time grows as the text of the tune does, of the first
 * one also as that before it; memory as the tune does, up to 50 MB, where it
 * "does not end". */
int abc_read(struct score *s, const struct abc_book *b, size_t tune,
             struct buf *remarks, struct err *e);

/* Appends the score as a tune with that number, four bars on a line, notes
 * beamed as the meter has it. Reading it gives the same score again. Failures
 * stay in out->failed. */
void abc_write(const struct score *s, long number, struct buf *out);

#endif
