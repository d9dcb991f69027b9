/* Which track plays the melody, and which the chords.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_VOICES_H
#define NOTT_VOICES_H

#include "nott/music/song.h"

/* Notes of the song, one list for each voice that could be chosen. */
struct voices {
    struct part *list; /* owned; their notes are borrowed unless `owned` */
    int *track;        /* owned; number of the track, from 1 */
    size_t count;
    int owned; /* the notes were copied: a track was split by channel */
};

/* The parts that have notes; when there is only one, its channels instead.
 * 0, or -1 when out of memory; voices_free in both cases, and before the song
 * goes. */
int voices_find(struct voices *v, const struct song *s);
void voices_free(struct voices *v);

/* Fills *melody and *chords, NULL where there is none. A track from 1 is taken
 * as asked for, 0 is by rule: the chords are the voice that has two notes or
 * more for the largest share of its sounding time, if that is over 30 %; the
 * melody is the highest of the others on average. */
void voices_choose(const struct voices *v, int melody_track, int chord_track,
                   const struct part **melody, const struct part **chords);

const struct part *voices_by_track(const struct voices *v, int track);
int voices_track(const struct voices *v, const struct part *p); /* 0 = NULL */

#endif
