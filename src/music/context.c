/* Input features: see context.h. SPDX-License-Identifier: MIT */
#include "nott/context.h"

/* The signatures of the collection, the commonest first; all others are one.
 */
static const struct {
    int beats, unit;
} meters[CONTEXT_METERS - 1] = {{4, 4}, {6, 8}, {3, 4}, {2, 4}, {9, 8},
                                {2, 2}, {3, 2}, {6, 4}, {12, 8}};

static int meter_number(int beats, int unit) {
    int k = 0;
    while (k < CONTEXT_METERS - 1 &&
           (meters[k].beats != beats || meters[k].unit != unit))
        k++;
    return k;
}

void context_init(struct context *c, int melody_count, int chord_count,
                  int position, int meter) {
    *c = (struct context){melody_count, chord_count, position, meter, 0, 2};
    c->rows = (size_t)(melody_count + chord_count);
    c->rows += position ? CONTEXT_POSITIONS : 0;
    c->rows += meter ? CONTEXT_METERS : 0;
    c->active += (size_t)(position != 0) + (size_t)(meter != 0);
}

void context_rows(const struct context *c, const struct tune_view *tune,
                  size_t t, uint16_t *rows) {
    size_t n = 0, base = (size_t)c->melody_count;
    rows[n++] = tune->melody[t];
    rows[n++] = (uint16_t)(base + tune->chord[t]);
    base += (size_t)c->chord_count;
    if (c->position) {
        size_t bar = (size_t)tune->bar;
        size_t place = (t + 1 + bar - (size_t)tune->phase) % bar;
        rows[n++] = (uint16_t)(base + place % CONTEXT_POSITIONS);
        base += CONTEXT_POSITIONS;
    }
    if (c->meter)
        rows[n++] =
            (uint16_t)(base + (size_t)meter_number(tune->beats, tune->unit));
}
