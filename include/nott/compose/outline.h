/* The form of a new tune, drawn before its notes.
 *
 * Nothing is invented that no training tune does, and no training tune is taken
 * whole. One of them gives the parts (AABB ...) and the range of each, drawn
 * together. What happens inside a part that is new comes from a part of another
 * tune in the same meter and mode and of like pace, of one of the same letters
 * and from the same place if there are several, and so for each letter; how
 * parts come back, what changes in them and where, from one tune for all of
 * them as long as it suits. A tune that ends on the tonic ends on its triad.
 * Where a bar comes back from is said by letter and place, so that parts of
 * several tunes fit together. SPDX-License-Identifier: MIT */
#ifndef NOTT_OUTLINE_H
#define NOTT_OUTLINE_H

#include "nott/base/rng.h"
#include "nott/player/checkpoint.h"

struct outline {
    size_t opening;      /* the training tune that gives parts and ranges */
    int shift;           /* semitones by which it is moved */
    int bars;            /* 0 = as many as that tune, or the letters, have */
    const char *letters; /* "AABB", a letter for each part; NULL = its own */
};

/* ERR_USAGE when the letters are none. */
int outline_draw(struct form *f, const struct checkpoint *m,
                 const struct outline *wanted, struct rng *rng, struct err *e);

/* "AABB". */
void outline_letters(const struct form *f, char text[FORM_PARTS + 1]);

/* A line for each part: its letter, its range, and its bars: a dot for what is
 * new, else the number of the bar that it comes back from, with r for its
 * rhythm, m for the same higher or lower, s and e for a start or an ending of
 * its own; in brackets on which degree a phrase rests, over which chord. */
void outline_print(const struct form *f, struct buf *out);

#endif
