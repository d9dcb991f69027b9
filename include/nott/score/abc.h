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

/* Texts that are larger are refused, with more tunes, or with more fields for
 * all tunes, which each tune hears: their bytes times tunes. */
#define ABC_MAX_BYTES  ((size_t)64 << 20)
#define ABC_MAX_TUNES  ((size_t)1 << 18)
#define ABC_MAX_HEADER ((size_t)1 << 28)

/* Where a tune stands in a text. */
struct abc_tune {
    size_t from, to; /* bytes */
    int line;        /* of its first */
    long number;     /* after X:, -1 = none */
};

/* A text with tunes, one or thousands. */
struct abc_book {
    const char *text; /* borrowed */
    size_t size;
    size_t header; /* bytes before the first tune, whose fields are for all */
    struct abc_tune *tunes; /* owned */
    size_t count;
};

/* Could these bytes be ABC, and nothing else that we read? */
int abc_is_text(const void *data, size_t n);

/* Finds the tunes: each begins with X:, and one that has none with the first
 * field that is there. ERR_FORMAT when there is no tune, or too many of them or
 * before them, ERR_MEM. */
int abc_open(struct abc_book *b, const void *data, size_t n, struct err *e);
void abc_close(struct abc_book *b);

/* Reads a tune. What is odd but can be read is told in `remarks`, a line each,
 * "LINE:COLUMN: what", and so is what is left out: all voices but the first,
 * overlays, spacing. Decorations and words say nothing of a tune and go without
 * a remark. ERR_FORMAT "LINE:COLUMN: what" for what is no tune, or has macros;
 * ERR_MEM. The caller frees *s. Time grows as the text of the tune and
 * b->header do; memory as the tune does, up to 50 MB, where it "does not end".
 */
int abc_read(struct score *s, const struct abc_book *b, size_t tune,
             struct buf *remarks, struct err *e);

/* Appends the score as a tune with that number, four bars on a line, notes
 * beamed as the meter has it. Reading it gives the same score again. Failures
 * stay in out->failed. */
void abc_write(const struct score *s, long number, struct buf *out);

#endif
