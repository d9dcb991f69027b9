/* Which notes of a song are the melody, and which its accompaniment.
 *
 * Of the voices (voices.h) the melody is the one with the most in its favour: a
 * name, words, one note at a time, how much of the song it plays, how high it
 * lies. A voice that goes on where it is silent belongs to it. One that is
 * chords and tune in one (a piano's right and left hand) is the melody by its
 * upper line. A voice that moves with the melody is a second one and no
 * accompaniment, if there is some. All other notes accompany; names of chords
 * (names.h) go before all of them. SPDX-License-Identifier: MIT */
#ifndef NOTT_ROLES_H
#define NOTT_ROLES_H

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/music/song.h"
#include "voices.h"

struct roles {
    struct voice *voices; /* owned */
    size_t count;
    struct part melody; /* owned notes; empty where there is none */
    struct part top;    /* owned notes: its upper line */
    struct part chords; /* owned notes of all that accompanies */
    struct part names;  /* owned notes of chords by name */
    /* What plays most of the chords, in one voice: notes of a voice or of
     * names; NULL = none does so alone. */
    const struct part *main;
    double at_once;                /* of that */
    int named;                     /* chords are those by name */
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
