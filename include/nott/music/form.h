/* The form of a tune: its parts, and for each bar where it comes back from.
 *
 * What a player knows before the first note: how long the tune is, which part
 * comes when and how often, how high it lies, where a phrase comes to rest and
 * how busy a bar is. It is derived from the tune itself (form_of), so that a
 * network can be told it in training, or made up before a tune is composed.
 * The ancestors are StructureNet (Medeot et al. 2018), whose network predicts
 * repeats as features of their own, and PopMNet (Wu et al. 2020), which draws
 * the relations of bars before the notes.
 *
 * Bars are counted from the first bar line; the pickup belongs to bar 0. Parts
 * are of FORM_PART bars, the last one maybe shorter.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_FORM_H
#define NOTT_FORM_H

#include <stddef.h>
#include <stdint.h>

#include "nott/music/tune.h"
#include "nott/music/vocabulary.h"

#define FORM_BARS   128 /* what lies beyond has no form */
#define FORM_PART   8   /* bars */
#define FORM_PHRASE 4
#define FORM_PARTS  (FORM_BARS / FORM_PART)
#define FORM_NONE   12 /* of degrees: it rests on nothing, or nobody knows */
#define FORM_NOTES  31 /* as many notes in a bar, or more */

/* How a bar comes back from an earlier one. */
enum form_way {
    FORM_NEW,    /* not at all */
    FORM_RHYTHM, /* the same rhythm */
    FORM_MOVED,  /* the same, higher or lower in the scale */
    FORM_START,  /* but for its first half */
    FORM_ENDING, /* but for its second half */
    FORM_SAME,   /* whole */
    FORM_WAYS
};

struct form_bar {
    uint8_t way, from; /* from: how many bars before, 0 = new */
    uint8_t notes;     /* struck in it, FORM_NOTES at most */
    /* In the last bar of a phrase: degrees above the tonic, 0..11, of the note
     * that sounds in its middle and of the chord there; else FORM_NONE. */
    uint8_t note, chord;
};

struct form_part {
    uint8_t letter, time; /* 0 = A; 0 = for the first time */
    /* MIDI pitches struck in it, 0 = none: the lowest, the highest, the mean */
    uint8_t low, high, mean;
};

struct form {
    int bars; /* FORM_BARS at most */
    struct form_bar bar[FORM_BARS];
    struct form_part part[FORM_PARTS];
};

/* The form of a tune in the classes of a vocabulary; chord may be NULL. A last
 * bar of which less than half is there does not count. */
void form_of(struct form *f, const struct vocabulary *v,
             const struct tune_header *h, const uint8_t *melody,
             const uint8_t *chord, size_t steps);

/* How bar `bar` of a melody comes back from `from` bars before. */
enum form_way form_way_of(const struct vocabulary *v,
                          const struct tune_header *h, const uint8_t *melody,
                          size_t steps, int bar, int from);

/* The pitches struck in `bars` bars from `bar` on, as the range of a part:
 * letter and time are left 0. */
struct form_part form_range_of(const struct vocabulary *v,
                               const struct tune_header *h,
                               const uint8_t *melody, size_t steps, int bar,
                               int bars);

/* How many parts there are, and how many bars part p has. */
int form_parts(const struct form *f);
int form_part_bars(const struct form *f, int part);

/* The bar that step t lies in, the pickup in the first; form->bars or more =
 * after the end of the form. */
int form_bar_of(const struct tune_header *h, size_t t);

/* The notes of the tune in a bar, rounded; 0 without bars. */
int form_pace(const struct form *f);

/* The lowest and the highest pitch of all parts; 0 and 0 without notes. */
void form_range(const struct form *f, int *low, int *high);

#endif
