/* The classes of a sequence file: what melody class 7 and chord class 3 mean.
 *
 * attack    melody 0 = rest, 1 = hold (the note goes on), 2 + k = pitch low + k
 *           is struck. Chords by pitch-class set and root.
 * classic   melody k = pitch 55 + k sounds, 34 = rest; chords by the names of
 *           the 2016 reference.
 * Chord class 0 is "no chord" in both. SPDX-License-Identifier: MIT */
#ifndef NOTT_VOCABULARY_H
#define NOTT_VOCABULARY_H

#include "nott/base/err.h"
#include "nott/base/tensors.h"
#include "nott/music/chord.h"

#define VOCABULARY_MAX 255 /* classes of a voice; they are stored in bytes */

#define CLASSIC_LOW     55 /* G3 */
#define CLASSIC_PITCHES 34
#define MELODY_HOLD     1 /* attack only */

enum encoding { ENCODING_ATTACK, ENCODING_CLASSIC };

/* "attack", "classic", NULL */
extern const char *const vocabulary_encoding_names[];

struct chord_class {
    char name[CHORD_NAME];
    uint16_t set;
    int root;             /* pitch class, -1 for no chord */
    struct chord voicing; /* the commonest way it was played */
};

struct vocabulary {
    enum encoding encoding;
    int melody_count, low; /* low: MIDI pitch of the first pitch class */
    int chord_count;
    struct chord_class chords[VOCABULARY_MAX];
};

/* The class in which the voice is silent. */
int vocabulary_rest(const struct vocabulary *v);

/* MIDI pitch of a melody class, or -1 for rest and hold. */
int vocabulary_pitch(const struct vocabulary *v, int melody);

/* The class in which `pitch` is struck (or sounds, in classic), or -1. */
int vocabulary_melody(const struct vocabulary *v, int pitch);

/* "rest", "hold", "C4" (60), "F#5". */
void vocabulary_melody_name(const struct vocabulary *v, int melody,
                            char name[16]);

/* The chord class of exactly that set and root, or of that set; else the
 * likest one (chord_likeness); 0 when none is alike. */
int vocabulary_chord(const struct vocabulary *v, uint16_t set, int root);

/* The class by which a voice goes on after class `before`: the hold after a
 * struck note in the attack encoding, else the class itself. */
int vocabulary_melody_goes_on(const struct vocabulary *v, int before);

/* Of the classes of a melody, at step t: the MIDI pitch that is struck, or -1;
 * and the class that sounds, however long ago it was struck. */
int vocabulary_struck(const struct vocabulary *v, const uint8_t *melody,
                      size_t t);
int vocabulary_sounding(const struct vocabulary *v, const uint8_t *melody,
                        size_t t);

/* Makes the classes from how many steps each chord of the pool fills: chords
 * of at least min_count steps, in the order of their roots. low..high is the
 * range of the melody (attack). map[pool->count] receives the class of each
 * chord, rarer ones that of the likest; in classic, where a chord keeps the
 * class of the step before, -1. Of more chords than VOCABULARY_MAX - 1 the
 * commonest have a class. ERR_MEM. */
int vocabulary_build(struct vocabulary *v, enum encoding encoding,
                     const struct chord_pool *pool, const size_t *counts,
                     size_t min_count, int low, int high, int *map,
                     struct err *e);

/* The class of each chord of the pool under an existing vocabulary, as
 * vocabulary_build would fill it in. */
void vocabulary_map(const struct vocabulary *v, const struct chord_pool *pool,
                    int *map);

/* The vocabulary as texts of a container, for sequences and models: encoding,
 * low and, as JSON lists, melody_classes, chord_classes, chord_sets,
 * chord_roots, chord_voicings. ERR_MEM; reading also ERR_FORMAT: every class
 * is checked. */
int vocabulary_store(const struct vocabulary *v, struct tensors *t,
                     struct err *e);
int vocabulary_read(struct vocabulary *v, const struct tensors *t,
                    const char *path, struct err *e);

/* 0 when two vocabularies mean the same by every class. */
int vocabulary_differs(const struct vocabulary *a, const struct vocabulary *b);

#endif
