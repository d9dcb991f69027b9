/* Chords: sets of sounding pitches, their roots, names and spellings.
 *
 * A pitch-class set is a mask of 12 bits, bit 0 = C. Its name is a root and a
 * quality ("G", "Am", "D7"); the same set can have two names (C E G A is C6 or
 * Am7): then the lowest note decides. SPDX-License-Identifier: MIT */
#ifndef NOTT_CHORD_H
#define NOTT_CHORD_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"

#define CHORD_NAME   32 /* all twelve spelt out need 29 */
#define CHORD_VOICES 12 /* pitches of one chord; more are cut at the top */

/* A set of pitches as it was heard. */
struct chord {
    uint8_t pitch[CHORD_VOICES]; /* ascending */
    uint8_t voices;              /* 0 = no chord */
};

/* Adds a pitch in its place; one that is there already, or has no room, is
 * left out. */
void chord_add(struct chord *c, int pitch);

uint16_t chord_set(const struct chord *c);

/* A set in close position over its root, from the octave below middle C on. */
struct chord chord_close(uint16_t set, int root);

/* The set so many semitones higher (or lower, when negative). */
uint16_t chord_rotate(uint16_t set, int semitones);

/* The pitch class of the root of a set whose lowest note is of class `bass`;
 * -1 for the empty set. */
int chord_root(uint16_t set, int bass);

/* "Am", "D7", "F#dim"; a set without a common name is spelt out from its
 * lowest note ("D+E+G#"), a single note is "G1", the empty set is "N.C.". */
void chord_name(uint16_t set, int bass, char name[CHORD_NAME]);

/* The set of a name as chord_name writes it, flats and "maj", "min" and "M"
 * allowed; its root goes to *root. ERR_FORMAT. */
int chord_parse(const char *name, uint16_t *set, int *root, struct err *e);

/* The same of a name as people write it over a line of music: "F#m7b5/C",
 * "Gmaj9", "Bb-7", "Hm"; what is more than a triad, a sixth or a seventh is
 * left out where chord_name has no name for it, and so is a bass. ERR_FORMAT
 * for any other text. */
int chord_read(const char *text, uint16_t *set, int *root, struct err *e);

/* How well chord b can stand for chord a, 0 = not at all: common notes count
 * for, missing and added ones against; with the same root the root's triad
 * counts, so that D7 finds D before anything else. */
int chord_likeness(uint16_t a, int root_a, uint16_t b, int root_b);

/* The class of the 2016 reference ("GM", "Em", "D" for D7, "NONE"), or NULL
 * where it keeps the class of the step before. By its table of the pitch
 * classes in ascending order of pitch; sets that are not in the table are named
 * by chord_name's rule in its style. `name` holds the text of the latter. */
const char *chord_classic(const struct chord *c, char name[CHORD_NAME]);

/* "C", "F#", "Bb": the commoner name of each; any integer is taken mod 12. */
const char *chord_pitch_class_name(int pc);

/* Distinct chords, each with a number; number 0 is "no chord". */
struct chord_pool {
    struct chord *list; /* owned, [cap] */
    int *slot;          /* owned, [2 * cap]: a hash table of numbers plus one */
    size_t count, cap;
};

/* Number of the chord in the pool, added if new; -1 with ERR_MEM. */
int chord_pool_find(struct chord_pool *p, const struct chord *c, struct err *e);
void chord_pool_free(struct chord_pool *p);

#endif
