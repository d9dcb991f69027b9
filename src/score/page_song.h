/* A song as the data of a page: what page.js plays and draws.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_PAGE_SONG_H
#define NOTT_PAGE_SONG_H

#include "nott/music/song.h"

struct json_t; /* jansson's */

/* Adds to the object, all times in ticks:
 *   ppq, end, quarter: microseconds of a quarter note
 *   key:     [sharps, 1 in minor], or null
 *   meters:  [tick, beats, unit], ...
 *   melody, chords: [onset, duration, pitch, velocity], ...
 *   harmony: [tick, name, pitch class of the root], ...; "" and -1 where no
 *            chord sounds, -1 where a name has no root
 * What cannot be added sets *failed. */
void page_song_put(struct json_t *object, const struct song *s, int *failed);

#endif
