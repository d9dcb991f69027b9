/* Lanes of tunes: see batch.h. SPDX-License-Identifier: MIT */
#include "nott/learn/batch.h"

#include <stdlib.h>
#include <string.h>

#include "nott/base/rng.h"

#define MAX_SHIFT 12

/* ---- transposition ---- */

static int shifted_melody(const struct vocabulary *v, int class, int shift) {
    int pitch = vocabulary_pitch(v, class);
    return pitch < 0 ? class : vocabulary_melody(v, pitch + shift);
}

static int shifted_chord(const struct vocabulary *v, int class, int shift) {
    const struct chord_class *c = &v->chords[class];
    unsigned s = (unsigned)(shift + 12) % 12;
    uint16_t set = (uint16_t)(((c->set << s) | (c->set >> (12 - s))) & 0xfff);
    if (c->root < 0)
        return class;
    int root = (c->root + (int)s) % 12;
    for (int k = 1; k < v->chord_count; k++)
        if (v->chords[k].set == set && v->chords[k].root == root)
            return k;
    return -1;
}

static int shifted_key(int key, int shift) {
    return key < 0 ? key : key / 12 * 12 + (key % 12 + shift + 12) % 12;
}

static void make_maps(struct batch *b) {
    const struct vocabulary *v = &b->data->vocabulary;
    for (int shift = -MAX_SHIFT; shift <= MAX_SHIFT; shift++) {
        for (int k = 0; k < v->melody_count; k++)
            b->melody_map[MAX_SHIFT + shift][k] =
                (int16_t)(shift ? shifted_melody(v, k, shift) : k);
        for (int k = 0; k < v->chord_count; k++)
            b->chord_map[MAX_SHIFT + shift][k] =
                (int16_t)(shift ? shifted_chord(v, k, shift) : k);
    }
}

static int can_shift(const struct batch *b, int tune, int shift) {
    const struct dataset *d = b->data;
    for (int64_t k = d->offset[tune]; k < d->offset[tune + 1]; k++)
        if (b->melody_map[MAX_SHIFT + shift][d->melody[k]] < 0 ||
            b->chord_map[MAX_SHIFT + shift][d->chord[k]] < 0)
            return 0;
    return 1;
}

/* A shift drawn evenly from -most..most, drawn again while it does not fit. */
static int draw_shift(const struct batch *b, struct rng *r, int tune,
                      int most) {
    for (int tries = 0; most && tries < 100; tries++) {
        int shift = (int)rng_below(r, (size_t)(2 * most + 1)) - most;
        if (can_shift(b, tune, shift))
            return shift;
    }
    return 0;
}

/* ---- memory ---- */

static size_t longest_tune(const struct dataset *d) {
    size_t most = 0;
    for (size_t s = 0; s < d->tunes; s++)
        if ((size_t)(d->offset[s + 1] - d->offset[s]) > most)
            most = (size_t)(d->offset[s + 1] - d->offset[s]);
    return most;
}

static int allocate(struct batch *b) {
    size_t places = b->T * b->slots, longest = longest_tune(b->data);
    b->slot = calloc(b->slots, sizeof *b->slot);
    b->order = calloc(b->data->tunes, sizeof *b->order);
    b->shift = calloc(b->data->tunes, sizeof *b->shift);
    b->known = calloc(b->data->tunes, 1);
    b->rows = calloc(places * b->active, sizeof *b->rows);
    b->reset = calloc(places, 1);
    b->keys = calloc(places, 1);
    int bad = !b->slot || !b->order || !b->shift || !b->known || !b->rows ||
              !b->reset || !b->keys;
    for (int k = 0; k < OUTPUTS; k++) {
        b->target[k] = calloc(places, sizeof *b->target[k]);
        b->before[k] = calloc(places, sizeof *b->before[k]);
        b->copy[k] =
            calloc(places * b->context->copies + 1, sizeof *b->copy[k]);
        bad |= !b->target[k] || !b->before[k] || !b->copy[k];
    }
    for (size_t i = 0; i < b->slots && !bad; i++) {
        b->slot[i].melody = malloc(longest);
        b->slot[i].chord = malloc(longest);
        bad |= !b->slot[i].melody || !b->slot[i].chord;
        for (int k = 0; k < OUTPUTS; k++) {
            b->slot[i].surface[k] = malloc(longest);
            bad |= !b->slot[i].surface[k];
        }
    }
    return bad;
}

int batch_init(struct batch *b, const struct dataset *data,
               const struct context *context, enum split split, size_t slots,
               size_t T, struct err *e) {
    *b = (struct batch){.data = data,
                        .context = context,
                        .T = T,
                        .slots = slots,
                        .active = context->active};
    if (allocate(b)) {
        batch_free(b);
        return err_set(e, ERR_MEM, "batch: out of memory");
    }
    for (size_t s = 0; s < data->tunes; s++)
        if (data->split[s] == split) {
            b->order[b->tunes++] = (int)s;
            b->scored_steps +=
                (size_t)(data->offset[s + 1] - data->offset[s]) - 1;
        }
    if (!b->tunes) {
        batch_free(b);
        return err_set(e, ERR_FORMAT, "%s: the %s split is empty",
                       data->path ? data->path : "sequences",
                       split_names[split]);
    }
    make_maps(b);
    b->window = (struct window){.T = T,
                                .slots = slots,
                                .rows = b->rows,
                                .target = {b->target[0], b->target[1]},
                                .copy = {b->copy[0], b->copy[1]},
                                .key = b->keys,
                                .reset = b->reset};
    return 0;
}

void batch_free(struct batch *b) {
    for (size_t i = 0; b->slot && i < b->slots; i++) {
        free(b->slot[i].melody);
        free(b->slot[i].chord);
        for (int k = 0; k < OUTPUTS; k++)
            free(b->slot[i].surface[k]);
    }
    for (int k = 0; k < OUTPUTS; k++) {
        free(b->target[k]);
        free(b->before[k]);
        free(b->copy[k]);
    }
    free(b->slot);
    free(b->order);
    free(b->shift);
    free(b->known);
    free(b->rows);
    free(b->reset);
    free(b->keys);
    *b = (struct batch){0};
}

/* ---- epochs ---- */

static void begin(struct batch *b) {
    b->next = 0;
    for (size_t i = 0; i < b->slots; i++)
        b->slot[i].tune = -1;
}

static int ascending(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

void batch_begin(struct batch *b, int lengths_known) {
    qsort(b->order, b->tunes, sizeof *b->order, ascending);
    memset(b->shift, 0, b->tunes * sizeof *b->shift);
    memset(b->known, lengths_known, b->tunes);
    b->input_noise = 0;
    begin(b);
}

void batch_begin_shuffled(struct batch *b, uint64_t seed, uint64_t epoch,
                          int transpose, double input_noise) {
    struct rng r;
    b->input_noise = input_noise;
    b->key = rng_mix(rng_mix(seed, 2), epoch);
    rng_seed(&r, seed, rng_mix(1, epoch));
    qsort(b->order, b->tunes, sizeof *b->order, ascending);
    rng_shuffle(&r, b->order, b->tunes);
    for (size_t i = 0; i < b->tunes; i++)
        b->shift[i] = draw_shift(b, &r, b->order[i], transpose);
    for (size_t i = 0; i < b->tunes; i++)
        b->known[i] = (uint8_t)rng_below(&r, 2);
    begin(b);
}

/* What the network hears of the slot's tune. */
static void add_noise(const struct batch *b, struct slot *l) {
    struct rng r;
    int wrong = -1; /* the chord that is heard until the next change */
    memcpy(l->surface[OUT_MELODY], l->melody, l->steps);
    memcpy(l->surface[OUT_CHORD], l->chord, l->steps);
    if (b->input_noise <= 0)
        return;
    rng_seed(&r, b->key, (uint64_t)l->tune);
    for (size_t k = 0; k < l->steps; k++) {
        if (rng_uniform(&r) < b->input_noise)
            l->surface[OUT_MELODY][k] = l->melody[rng_below(&r, l->steps)];
        if (!k || l->chord[k] != l->chord[k - 1])
            wrong = rng_uniform(&r) < 2 * b->input_noise
                        ? l->chord[rng_below(&r, l->steps)]
                        : -1;
        if (wrong >= 0)
            l->surface[OUT_CHORD][k] = (uint8_t)wrong;
    }
}

/* Puts the next tune of the order into a slot; 0 if there is none left. */
static int take_tune(struct batch *b, struct slot *l) {
    if (b->next == b->tunes) {
        l->tune = -1;
        return 0;
    }
    const struct dataset *d = b->data;
    int shift = MAX_SHIFT + b->shift[b->next];
    l->length_known = b->known[b->next];
    l->tune = b->order[b->next++];
    l->key = shifted_key(d->key[l->tune], shift - MAX_SHIFT);
    size_t from = (size_t)d->offset[l->tune];
    l->steps = (size_t)d->offset[l->tune + 1] - from;
    l->at = 0;
    for (size_t k = 0; k < l->steps; k++) {
        l->melody[k] = (uint8_t)b->melody_map[shift][d->melody[from + k]];
        l->chord[k] = (uint8_t)b->chord_map[shift][d->chord[from + k]];
    }
    add_noise(b, l);
    return 1;
}

/* Writes place i of the window: one step of the slot's tune. Returns whether
 * it has a step to predict. */
static int fill_place(struct batch *b, struct slot *l, size_t i) {
    const struct dataset *d = b->data;
    const struct context *c = b->context;
    size_t s = (size_t)l->tune, L = c->copies;
    struct tune_view view = {.melody = l->surface[OUT_MELODY],
                             .chord = l->surface[OUT_CHORD],
                             .bar = d->bar[s],
                             .phase = d->phase[s],
                             .beats = d->meter[2 * s],
                             .unit = d->meter[2 * s + 1],
                             .key = l->key,
                             .steps = l->length_known ? l->steps : 0};
    context_rows(c, &l->state, &view, l->at, b->rows + i * b->active);
    for (int k = 0; k < OUTPUTS; k++)
        context_copies(c, &l->state, &view, l->surface[k], l->at,
                       b->copy[k] + i * L);
    b->reset[i] = l->at == 0;
    b->keys[i] = (uint8_t)(1 + l->key);
    b->before[OUT_MELODY][i] = l->melody[l->at];
    b->before[OUT_CHORD][i] = l->chord[l->at];
    int more = ++l->at < l->steps;
    b->target[OUT_MELODY][i] = more ? l->melody[l->at] : -1;
    b->target[OUT_CHORD][i] = more ? l->chord[l->at] : (int16_t)c->end;
    return more;
}

/* An idle slot runs on without being scored. */
static void fill_idle(struct batch *b, size_t i) {
    memset(b->rows + i * b->active, 0, b->active * sizeof *b->rows);
    b->reset[i] = 1;
    for (int k = 0; k < OUTPUTS; k++) {
        size_t L = b->context->copies;
        b->before[k][i] = b->target[k][i] = -1;
        memset(b->copy[k] + i * L, 0, L * sizeof *b->copy[k]);
    }
}

/* Fills the window; *places of it are of tunes. Returns how many are scored. */
static size_t fill_window(struct batch *b, size_t *places) {
    size_t scored = 0, last = b->context->end < 0; /* has no place */
    *places = 0;
    for (size_t t = 0; t < b->T; t++)
        for (size_t j = 0; j < b->slots; j++) {
            struct slot *l = &b->slot[j];
            int ended = l->tune < 0 || l->at + last >= l->steps;
            if (ended && !take_tune(b, l)) {
                fill_idle(b, t * b->slots + j);
                continue;
            }
            scored += (size_t)fill_place(b, l, t * b->slots + j);
            ++*places;
        }
    return scored;
}

/* Nothing but ends is no window: it would say that the epoch is over, and there
 * is nothing to divide its loss by. The slots' states do not miss it. */
size_t batch_next(struct batch *b) {
    size_t scored, places;
    do
        scored = fill_window(b, &places);
    while (places && !scored);
    return scored;
}
