/* Which notes of a song are the melody, and which its accompaniment.
 *
 * A voice is a track with notes, or, where one track holds everything, a
 * channel of it. Channel 10 is drums and is not listened to. Of the others the
 * melody is the one with the most in its favour: its name, one note at a time,
 * how much of the song it plays, how high it lies. A voice that is chords and
 * tune in one (a piano's right and left hand) is the melody by its upper line.
 * All other notes accompany. SPDX-License-Identifier: MIT */
#ifndef NOTT_ROLES_H
#define NOTT_ROLES_H

#include "nott/base/buf.h"
#include "nott/music/song.h"

enum role { ROLE_MELODY, ROLE_CHORDS, ROLE_BOTH, ROLE_DRUMS };

/* A voice, and what speaks for its role. */
struct voice {
    struct part part; /* owned notes, without drums */
    int track;        /* from 1 */
    int channel;      /* from 1; 0 = all of the track's */
    enum role role;
    double at_once;  /* mean notes of an onset; octaves count as one */
    double coverage; /* share of the song in which it sounds */
    double pitch;    /* mean */
    double score;    /* as a melody */
};

struct roles {
    struct voice *voices; /* owned */
    size_t count;
    struct part melody; /* owned notes; empty where there is none */
    struct part top;    /* owned notes: its upper line */
    struct part chords; /* owned notes of all that accompanies */
    /* The voice that plays most of the chords; -1 = none does so alone. */
    int main;
    int melody_track, chord_track; /* from 1; 0 = none */
    size_t doubled; /* onsets of the melody of which the upper note is kept */
};

/* `melody` and `chords` are tracks asked for, from 1; 0 = by evidence. ERR_MEM;
 * roles_free in all cases. */
int roles_find(struct roles *r, const struct song *s, int melody, int chords,
               struct err *e);
void roles_free(struct roles *r);

/* A line for each voice: what it is taken for, and why. */
void roles_tell(const struct roles *r, struct buf *out);

#endif
