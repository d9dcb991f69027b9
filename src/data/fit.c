/* Tunes moved as a whole: see fit.h. SPDX-License-Identifier: MIT */
#include "fit.h"

#include <stdlib.h>

#define MOST 127 /* semitones up or down: from any pitch to any other */

/* From the lowest to the highest pitch; high < low without one. */
struct range {
    int low, high;
};

static struct range range_of(const struct raw_tune *t) {
    struct range r = {127, 0};
    for (int k = 0; k < t->steps; k++) {
        int pitch = t->melody[k];
        if (pitch >= 0 && pitch < r.low)
            r.low = pitch;
        if (pitch > r.high)
            r.high = pitch;
    }
    return r;
}

static int holds(const struct vocabulary *v, struct range r, int shift) {
    return vocabulary_melody(v, r.low + shift) >= 0 &&
           vocabulary_melody(v, r.high + shift) >= 0;
}

/* The smallest shift in multiples of `unit` that fits, 0 = there is none. */
static int smallest(const struct vocabulary *v, struct range r, int unit) {
    for (int shift = unit; shift <= MOST; shift += unit)
        for (int sign = -1; sign <= 1; sign += 2)
            if (holds(v, r, sign * shift))
                return sign * shift;
    return 0;
}

/* Octaves leave chords and key as they are. */
static int choose(const struct vocabulary *v, struct range r) {
    if (r.high < r.low || holds(v, r, 0))
        return 0;
    int octaves = smallest(v, r, 12);
    return octaves ? octaves : smallest(v, r, 1);
}

/* A pitch that leaves the keyboard comes back by an octave: of the chord its
 * pitch classes count. */
static struct chord move_chord(const struct chord *c, int shift) {
    struct chord moved = {0};
    for (int i = 0; i < c->voices; i++) {
        int pitch = c->pitch[i] + shift;
        chord_add(&moved, pitch > 127 ? pitch - 12
                          : pitch < 0 ? pitch + 12
                                      : pitch);
    }
    return moved;
}

/* Less than an octave, the nearer way. */
static int move_chords(struct raw_tune *t, int shift, struct chord_pool *pool,
                       struct err *e) {
    int by = (shift % 12 + 12) % 12;
    by = by > 6 ? by - 12 : by;
    for (int k = 0; by && k < t->steps; k++) {
        if (t->chord[k] == 0)
            continue;
        struct chord moved = move_chord(&pool->list[t->chord[k]], by);
        int number = chord_pool_find(pool, &moved, e);
        if (number < 0)
            return -1;
        t->chord[k] = number;
    }
    return 0;
}

int fit_tune(struct corpus *c, struct corpus_file *f,
             const struct vocabulary *v, struct err *e) {
    struct raw_tune *t = &f->tune;
    int shift = choose(v, range_of(t));
    if (move_chords(t, shift, &c->pool, e))
        return -1;
    for (int k = 0; k < t->steps; k++)
        if (t->melody[k] >= 0)
            t->melody[k] = (int16_t)(t->melody[k] + shift);
    t->header.key = tune_transpose_key(t->header.key, shift);
    t->mode_tonic = ((t->mode_tonic + shift) % 12 + 12) % 12;
    f->shift += shift;
    return 0;
}
