/* Tunes as they are heard, on the grid: what judging music works on.
 *
 * Whatever a tune was written in, here it is the pitch that sounds at each
 * step, where notes are struck, and the chord's pitch classes. The attack
 * encoding and MIDI files know where a note is struck; in the classic encoding
 * a note is struck where the pitch changes. SPDX-License-Identifier: MIT */
#ifndef NOTT_HEARD_H
#define NOTT_HEARD_H

#include <stddef.h>
#include <stdint.h>

#include "nott/corpus.h"
#include "nott/dataset.h"
#include "nott/err.h"

#define HEARD_REST (-1)

struct heard {
    char *name; /* owned, as all below */
    size_t steps;
    int16_t *pitch;  /* [steps]: MIDI pitch, HEARD_REST = silence */
    uint8_t *struck; /* [steps]: 1 where a note begins */
    uint16_t *chord; /* [steps]: pitch-class set (chord.h), 0 = no chord */
    int8_t *bass;    /* [steps]: pitch class of its lowest note, -1 = none */
    int bar, phase;  /* steps in a bar, >= 1; step of the first bar line */
    int beats, unit; /* time signature, >= 1 */
    int key;         /* tonic 0..11 in major, +12 in minor, -1 unknown */
};

struct heard_set {
    struct heard *list; /* owned */
    size_t count;
    int steps_per_quarter;
};

/* A silent tune of that many steps; bar 16, meter 4/4, key unknown. ERR_MEM. */
int heard_init(struct heard *t, const char *name, size_t steps, struct err *e);
void heard_free(struct heard *t); /* leaves it zeroed */

/* The tunes of one split, or of all with `split` = SPLITS; maybe none.
 * ERR_MEM. The caller frees with heard_set_free. */
int heard_from_dataset(struct heard_set *s, const struct dataset *d, int split,
                       struct err *e);

/* The kept tunes of a corpus that was encoded with ENCODING_ATTACK and that
 * many steps in a quarter; maybe none. ERR_MEM. The caller frees. */
int heard_from_corpus(struct heard_set *s, const struct corpus *c,
                      int steps_per_quarter, struct err *e);

void heard_set_free(struct heard_set *s); /* leaves it zeroed */

/* Bars of a tune: from the first bar line on; the last one counts when half of
 * it is there. */
size_t heard_bars(const struct heard *t);

/* Leaves only the tunes of that many bars in the set. */
void heard_keep_bars(struct heard_set *s, size_t bars);

/* The pitch class of the key, or -1. */
int heard_tonic(const struct heard *t);

#endif
