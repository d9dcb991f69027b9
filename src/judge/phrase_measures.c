/* How phrases end: see phrase_measures.h. SPDX-License-Identifier: MIT */
#include "phrase_measures.h"

#include <stdlib.h>

#include "ratio.h"

#define FIFTH 7 /* semitones */

const int measure_ends[MEASURE_ENDS] = {4, 8, 12, 16, 24, 32};

/* ---- within the tune ---- */

/* The last pitch struck up to step k, -1 when there is none. */
static int note_by(const struct surface *t, size_t k) {
    k = k < t->steps ? k + 1 : t->steps;
    while (k-- > 0)
        if (t->struck[k])
            return t->pitch[k];
    return -1;
}

/* The root of the last chord up to step k, -1 when there is none. */
static int root_by(const struct surface *t, size_t k) {
    k = k < t->steps ? k + 1 : t->steps;
    while (k-- > 0)
        if (t->chord[k])
            return surface_root(t, k);
    return -1;
}

static void measure_phrase(const struct surface *t, int i,
                           struct ratio out[MEASURES]) {
    size_t bar = (size_t)t->header.bar, n = (size_t)measure_ends[i];
    size_t end = (size_t)t->header.phase + n * bar;
    int tonic = surface_tonic(t);
    if (surface_bars(t) < n || tonic < 0)
        return;
    int note = note_by(t, end - bar + bar / 2), root = root_by(t, end - 1);
    if (note >= 0)
        ratio_count(&out[MEASURE_TONIC_AT + i], note % 12 == tonic);
    if (root < 0)
        return;
    ratio_count(&out[MEASURE_I_AT + i], root == tonic);
    ratio_count(&out[MEASURE_V_AT + i], root == (tonic + FIFTH) % 12);
}

/* ---- the end of it ---- */

/* The triad on the tonic of the key, as a set. */
static uint16_t tonic_triad(const struct surface *t) {
    int tonic = surface_tonic(t), third = tune_is_minor(t->header.key) ? 3 : 4;
    return (uint16_t)(1u << tonic | 1u << (tonic + third) % 12 |
                      1u << (tonic + FIFTH) % 12);
}

static void measure_ending(const struct surface *t,
                           struct ratio out[MEASURES]) {
    int note = -1, root = -1, first = 0, last = 0, tonic = surface_tonic(t);
    for (size_t k = 0; k < t->steps; k++) {
        note = t->pitch[k] >= 0 ? t->pitch[k] % 12 : note;
        if (!t->chord[k])
            continue;
        first = first ? first : t->chord[k];
        last = t->chord[k];
        root = t->bass[k];
    }
    if (note >= 0 && root >= 0)
        ratio_count(&out[MEASURE_ENDS_ON_ROOT], note == root);
    if (note >= 0 && tonic >= 0)
        ratio_count(&out[MEASURE_ENDS_ON_TONIC], note == tonic);
    if (note >= 0 && tonic >= 0 && last)
        ratio_count(&out[MEASURE_CADENCE],
                    note == tonic && last == tonic_triad(t));
    if (last)
        ratio_count(&out[MEASURE_LAST_CHORD_FIRST], first == last);
}

static void measure_last_leap(const struct surface *t, struct ratio *out) {
    int last = -1, before = -1;
    for (size_t k = 0; k < t->steps; k++)
        if (t->struck[k]) {
            before = last;
            last = t->pitch[k];
        }
    if (before >= 0)
        ratio_count(out, abs(last - before) >= FIFTH);
}

void phrase_measures_of(const struct surface *t, struct ratio out[MEASURES]) {
    for (int i = 0; i < MEASURE_ENDS; i++)
        measure_phrase(t, i, out);
    measure_ending(t, out);
    measure_last_leap(t, &out[MEASURE_LAST_LEAP]);
}
