/* Chords that stand in a song by name, in texts, lyrics or markers.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_NAMES_H
#define NOTT_NAMES_H

#include "nott/base/err.h"
#include "nott/music/song.h"

/* The names (chord_read, also in brackets) of all parts together as block
 * chords, each up to the next name or the end of the last note: 1 with the
 * notes in *p, and in *part the index of the first name's; 0 where most texts
 * say something else, where there is not one name in four bars of 4/4, or where
 * they are those of sections (A, B, C); -1 with ERR_MEM. The caller frees
 * p->notes in all cases. */
int names_find(struct part *p, int *part, const struct song *s, struct err *e);

#endif
