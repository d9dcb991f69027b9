/* Names of chords in the terms of MusicXML. SPDX-License-Identifier: MIT */
#ifndef NOTT_MUSICXML_CHORD_H
#define NOTT_MUSICXML_CHORD_H

struct chord_words {
    char root, bass;            /* 'A' .. 'G'; 0 = none */
    int root_alter, bass_alter; /* -2..2 */
    int german;                 /* the root was written "H" */
    const char *kind;           /* of MusicXML: "major", "dominant", ... */
    char text[32];              /* what was written between root and bass */
};

/* A name as people write it: "Am7/E", "F#m7b5", "N.C.". What is not known has
 * the kind "other" and its text; without a root that text is all of it, and it
 * is no chord. */
struct chord_words musicxml_chord_words(const char *name);

#endif
