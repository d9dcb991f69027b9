/* Tunes as they are heard, on the grid: what judging music works on.
 *
 * Whatever a tune was written in, here it is the pitch that sounds at each
 * step, where notes are struck, and the chord's pitch classes. The attack
 * encoding and MIDI files know where a note is struck; in the classic encoding
 * a note is struck where the pitch changes. SPDX-License-Identifier: MIT */
#ifndef NOTT_SURFACE_H
#define NOTT_SURFACE_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/data/corpus.h"
#include "nott/data/dataset.h"
#include "nott/music/contour.h"

#define SURFACE_REST (-1)

struct surface {
    char *name; /* owned, as all below */
    size_t steps;
    int16_t *pitch;  /* [steps]: MIDI pitch, HEARD_REST = silence */
    uint8_t *struck; /* [steps]: 1 where a note begins */
    uint16_t *chord; /* [steps]: pitch-class set (chord.h), 0 = no chord */
    int8_t *bass;    /* [steps]: pitch class of its lowest note, -1 = none */
    int has_chords;  /* 0 = they are unknown, which is not "no chord" */
    struct tune_header header;
};

struct surface_set {
    struct surface *list; /* owned */
    size_t count;
    int steps_per_quarter;
};

/* A silent tune of that many steps; bar 16, meter 4/4, key unknown. ERR_MEM. */
int surface_init(struct surface *t, const char *name, size_t steps,
                 struct err *e);
void surface_free(struct surface *t); /* leaves it zeroed */

/* The tunes of one split, or of all with `split` = SPLITS; maybe none.
 * ERR_MEM. The caller frees with heard_set_free. */
int surface_from_dataset(struct surface_set *s, const struct dataset *d,
                         int split, struct err *e);

/* The kept tunes of a corpus that was encoded with ENCODING_ATTACK and that
 * many steps in a quarter; maybe none. ERR_MEM. The caller frees. */
int surface_from_corpus(struct surface_set *s, const struct corpus *c,
                        int steps_per_quarter, struct err *e);

void surface_set_free(struct surface_set *s); /* leaves it zeroed */

/* Bars of a tune: from the first bar line on; the last one counts when half of
 * it is there. */
size_t surface_bars(const struct surface *t);

/* Steps from the bar line to step k. */
size_t surface_place(const struct surface *t, size_t k);

/* Leaves only the tunes of that many bars in the set. */
void surface_keep_bars(struct surface_set *s, size_t bars);

/* What happens at step k >= 1 in any key (contour.h). */
uint16_t surface_contour(const struct surface *t, size_t k, int *last);

/* Steps from one accent to the next (meter.h). */
size_t surface_beat(const struct surface *t);

/* The pitch class of the tonic, and that of the major scale that has the notes
 * of the key: its own, or the relative one of a minor key. -1 = unknown. */
int surface_tonic(const struct surface *t);
int surface_scale(const struct surface *t);

/* The pitch class of the root of the chord at step k, -1 without one. */
int surface_root(const struct surface *t, size_t k);

#endif
