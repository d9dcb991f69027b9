/* Tunes of a corpus that have one name, and those that are one tune.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_TWINS_H
#define NOTT_TWINS_H

#include <stddef.h>

#include "nott/base/err.h"
#include "nott/data/corpus.h"

/* Sorts the files by their names, of which each is then there once: of those of
 * one name the first in byte order of the paths keeps it, the others get "~2",
 * "~3", ... behind it, which their `stem` leaves out. Names are one, and
 * sorted, as they are shown (plain.h). ERR_MEM. */
int twins_name(struct corpus *c, struct err *e);

/* Kept tunes by name and notes, so that a twin is found at once, however many
 * tunes have one name: those of a file of ABC may all have it. */
struct twins {
    size_t *slot; /* owned, [size]: number of a file plus one, 0 = free */
    size_t size;  /* a power of two, twice as many as files at least */
};

/* Room for the files of a corpus. ERR_MEM. */
int twins_init(struct twins *x, size_t files, struct err *e);
void twins_free(struct twins *x);

/* Refuses file i, if it is kept, when one that was compared before has its name
 * and notes: a tune that is there twice under one name is one tune. */
void twins_compare(struct corpus *c, struct twins *x, size_t i);

#endif
