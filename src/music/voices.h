/* The voices of a song, and what speaks for each as its melody.
 *
 * A voice is a track with notes, or, where one track holds everything, a
 * channel of it. Channel 10 is drums, and so is a track that is called so.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_VOICES_H
#define NOTT_VOICES_H

#include "nott/music/song.h"

enum role { ROLE_MELODY, ROLE_CHORDS, ROLE_BOTH, ROLE_SECOND, ROLE_DRUMS };

struct voice {
    struct part part; /* owned notes, without drums where there are others */
    int track;        /* from 1 */
    int channel;      /* from 1; 0 = all of the track's */
    enum role role;   /* at first ROLE_CHORDS or ROLE_DRUMS */
    size_t onsets;    /* notes that begin together are one */
    double at_once;   /* mean notes of an onset; octaves count as one */
    double coverage;  /* share of the song in which it sounds */
    double pitch;     /* mean */
    double words;     /* how well texts fall on its onsets, 0 to 1 */
    double score;     /* as a melody */
};

/* Lists the voices and weighs them; -1 when out of memory. The caller frees
 * *voices and the notes of each. */
int voices_list(struct voice **voices, size_t *count, const struct song *s);

/* Notes within a 32nd of a quarter begin together: the end of those that do so
 * with note i, which is not before it. */
size_t voices_onset_end(const struct part *p, size_t i, int ppq);

/* The index of the first note that begins at a tick or up to a 32nd of a
 * quarter before, or after it; p->count if there is none. */
size_t voices_note_at(const struct part *p, int64_t tick, int ppq);

/* How many pitch classes the notes from one to another (exclusive) have. */
int voices_classes(const struct part *p, size_t from, size_t to);

#endif
