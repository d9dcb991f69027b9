/* Gates: does a tune stay within what real ones do?
 *
 * Each gate looks at one number of a tune. Its limits are the 1st and the 99th
 * percentile of that number over the reference tunes, so that one real tune of
 * a hundred fails on a side; on a side where more cannot be odd, such as no
 * leaps at all, there is no limit. Notes per bar are held against the tunes of
 * the same meter where there are GATES_METER of them. The last note must be on
 * a degree of the key on which 1 % of the reference tunes end. How much of a
 * reference tune is known is looked up in those of nine other tenths (novelty.h
 * finds a tune in itself). What a tune says nothing of it passes.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_GATES_H
#define NOTT_GATES_H

#include <stddef.h>

#include "nott/base/err.h"
#include "nott/data/surface.h"
#include "nott/judge/novelty.h"

#define GATES_METER  30 /* tunes for limits of a meter of their own */
#define GATES_METERS 32

enum {
    GATES_RHYTHM,      /* notes per bar */
    GATES_RANGE,       /* semitones */
    GATES_MODE,        /* share of notes outside of the key's scale, */
    GATES_ACCIDENTALS, /* and of the best one */
    GATES_ACCENTS,     /* notes and changes of chord on the bar lines, of these
                        * and those at the strongest other place of the bar */
    GATES_LAST_NOTE,   /* semitones above the tonic */
    GATES_LEAPS,       /* share of intervals of 8 semitones or more */
    GATES_KNOWN,       /* longest stretch of a known tune, in bars */
    GATES
};

struct gate_info {
    const char *key, *text;
    int low, high; /* has it a limit on that side? */
};

extern const struct gate_info gates_list[GATES];

struct gate_limits {
    double low, high; /* infinite where there is none */
};

struct gate_meter {
    int beats, unit;
    size_t tunes;
    struct gate_limits limits; /* of notes per bar */
};

struct gates {
    struct gate_limits limits[GATES];
    struct gate_meter meters[GATES_METERS]; /* those with limits of their own */
    size_t meter_count;
    unsigned last_notes;        /* bit d = tunes may end on degree d */
    struct novelty_index known; /* of the reference, which is borrowed */
};

/* Takes the limits from the reference tunes, which stay until gates_free.
 * ERR_MEM, ERR_FORMAT without tunes. */
int gates_init(struct gates *g, const struct surface_set *reference,
               struct err *e);
void gates_free(struct gates *g);

/* The numbers of a tune, NaN = says nothing, and with bit k set that gate k is
 * not passed. ERR_MEM. */
struct gate_result {
    double value[GATES];
    unsigned failed;
};
int gates_try(const struct gates *g, const struct surface *t,
              struct gate_result *out, struct err *e);

#endif
