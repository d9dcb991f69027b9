/* Transposition: see transpose.h. SPDX-License-Identifier: MIT */
#include "nott/data/transpose.h"

static int move_melody(const struct vocabulary *v, int class, int shift) {
    int pitch = vocabulary_pitch(v, class);
    return pitch < 0 ? class : vocabulary_melody(v, pitch + shift);
}

static int move_chord(const struct vocabulary *v, int class, int shift) {
    const struct chord_class *c = &v->chords[class];
    if (c->root < 0)
        return class;
    uint16_t set = chord_rotate(c->set, shift);
    int root = (c->root + shift + 12) % 12;
    for (int k = 1; k < v->chord_count; k++)
        if (v->chords[k].set == set && v->chords[k].root == root)
            return k;
    return -1;
}

void transpose_init(struct transpose *x, const struct dataset *data) {
    const struct vocabulary *v = &data->vocabulary;
    x->data = data;
    for (int shift = -TRANSPOSE_MOST; shift <= TRANSPOSE_MOST; shift++) {
        int16_t *melody = x->melody[TRANSPOSE_MOST + shift];
        int16_t *chord = x->chord[TRANSPOSE_MOST + shift];
        for (int k = 0; k < v->melody_count; k++)
            melody[k] = (int16_t)(shift ? move_melody(v, k, shift) : k);
        for (int k = 0; k < v->chord_count; k++)
            chord[k] = (int16_t)(shift ? move_chord(v, k, shift) : k);
    }
}

static int fits(const struct transpose *x, size_t tune, int shift) {
    const struct dataset *d = x->data;
    const int16_t *melody = x->melody[TRANSPOSE_MOST + shift];
    const int16_t *chord = x->chord[TRANSPOSE_MOST + shift];
    for (int64_t k = d->offset[tune]; k < d->offset[tune + 1]; k++)
        if (melody[d->melody[k]] < 0 || chord[d->chord[k]] < 0)
            return 0;
    return 1;
}

int transpose_draw(const struct transpose *x, size_t tune, int most,
                   struct rng *rng) {
    for (int tries = 0; most && tries < 100; tries++) {
        int shift = (int)rng_below(rng, (size_t)(2 * most + 1)) - most;
        if (fits(x, tune, shift))
            return shift;
    }
    return 0;
}

void transpose_steps(const struct transpose *x, size_t tune, int shift,
                     uint8_t *melody, uint8_t *chord) {
    const struct dataset *d = x->data;
    size_t from = (size_t)d->offset[tune];
    size_t steps = (size_t)d->offset[tune + 1] - from;
    for (size_t k = 0; k < steps; k++) {
        const uint8_t *m = d->melody + from, *c = d->chord + from;
        melody[k] = (uint8_t)x->melody[TRANSPOSE_MOST + shift][m[k]];
        chord[k] = (uint8_t)x->chord[TRANSPOSE_MOST + shift][c[k]];
    }
}
