/* Tunes side by side: see batch.h. SPDX-License-Identifier: MIT */
#include "nott/learn/batch.h"

#include <stdlib.h>
#include <string.h>

#include "nott/base/rng.h"

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
    b->hidden = calloc(b->data->tunes, 1);
    b->shown = calloc(b->data->tunes, 1);
    b->ahead = calloc(b->data->tunes, 1);
    b->indices = calloc(places * b->active, sizeof *b->indices);
    b->reset = calloc(places, 1);
    b->keys = calloc(places, 1);
    int bad = !b->slot || !b->order || !b->shift || !b->known || !b->hidden ||
              !b->shown || !b->ahead || !b->indices || !b->reset || !b->keys;
    for (int k = 0; k < OUTPUTS; k++) {
        b->target[k] = calloc(places, sizeof *b->target[k]);
        b->before[k] = calloc(places, sizeof *b->before[k]);
        b->anchor[k] = calloc(places, 1);
        b->copy[k] =
            calloc(places * b->context->copies + 1, sizeof *b->copy[k]);
        bad |= !b->target[k] || !b->before[k] || !b->copy[k] || !b->anchor[k];
    }
    for (size_t i = 0; i < b->slots && !bad; i++) {
        b->slot[i].melody = malloc(longest);
        b->slot[i].chord = malloc(longest);
        bad |= !b->slot[i].melody || !b->slot[i].chord;
        for (int k = 0; k < OUTPUTS; k++) {
            b->slot[i].input[k] = malloc(longest);
            bad |= !b->slot[i].input[k];
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
        return err_set(
            e, ERR_FORMAT,
            "%s: the %s split is empty: make it of more tunes, or of "
            "other shares (midi2seq --split)",
            data->path ? data->path : "sequences", split_names[split]);
    }
    transpose_init(&b->transpose, data);
    b->window = (struct window){.T = T,
                                .slots = slots,
                                .indices = b->indices,
                                .target = {b->target[0], b->target[1]},
                                .copy = {b->copy[0], b->copy[1]},
                                .key = b->keys,
                                .anchor = {b->anchor[0], b->anchor[1]},
                                .reset = b->reset};
    return 0;
}

void batch_free(struct batch *b) {
    for (size_t i = 0; b->slot && i < b->slots; i++) {
        free(b->slot[i].melody);
        free(b->slot[i].chord);
        for (int k = 0; k < OUTPUTS; k++)
            free(b->slot[i].input[k]);
    }
    for (int k = 0; k < OUTPUTS; k++) {
        free(b->target[k]);
        free(b->before[k]);
        free(b->copy[k]);
        free(b->anchor[k]);
    }
    free(b->slot);
    free(b->order);
    free(b->shift);
    free(b->known);
    free(b->hidden);
    free(b->shown);
    free(b->ahead);
    free(b->indices);
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

void batch_begin(struct batch *b, int told) {
    qsort(b->order, b->tunes, sizeof *b->order, ascending);
    memset(b->shift, 0, b->tunes * sizeof *b->shift);
    memset(b->known, (told & TOLD_LENGTH) != 0, b->tunes);
    memset(b->shown, (told & TOLD_FORM) != 0, b->tunes);
    memset(b->ahead, (told & TOLD_MELODY) != 0, b->tunes);
    memset(b->hidden, 0, b->tunes);
    b->input_noise = 0;
    begin(b);
}

/* Streams of their own: who hides nothing draws as if this were not there. */
static void draw_share(const struct batch *b, uint64_t seed, uint64_t stream,
                       double share, uint8_t *drawn) {
    struct rng r;
    rng_seed(&r, seed, stream);
    for (size_t i = 0; i < b->tunes; i++)
        drawn[i] = rng_uniform(&r) < share;
}

void batch_begin_shuffled(struct batch *b, uint64_t seed, uint64_t epoch,
                          const struct batch_changes *how) {
    struct rng r;
    b->input_noise = how->input_noise;
    b->key = rng_mix(rng_mix(seed, 2), epoch);
    rng_seed(&r, seed, rng_mix(1, epoch));
    qsort(b->order, b->tunes, sizeof *b->order, ascending);
    rng_shuffle(&r, b->order, b->tunes);
    for (size_t i = 0; i < b->tunes; i++)
        b->shift[i] = transpose_draw(&b->transpose, (size_t)b->order[i],
                                     how->transpose, &r);
    for (size_t i = 0; i < b->tunes; i++)
        b->known[i] = (uint8_t)rng_below(&r, 2);
    draw_share(b, seed, rng_mix(3, epoch), how->hide_chords, b->hidden);
    draw_share(b, seed, rng_mix(4, epoch), 1 - how->hide_form, b->shown);
    draw_share(b, seed, rng_mix(5, epoch), how->show_melody, b->ahead);
    begin(b);
}

/* What the network gets of the slot's tune. */
static void add_noise(const struct batch *b, struct slot *l) {
    struct rng r;
    int wrong = -1; /* the wrong chord, until the next change */
    memcpy(l->input[OUT_MELODY], l->melody, l->steps);
    memcpy(l->input[OUT_CHORD], l->chord, l->steps);
    if (b->input_noise <= 0)
        return;
    rng_seed(&r, b->key, (uint64_t)l->tune);
    for (size_t k = 0; k < l->steps; k++) {
        if (rng_uniform(&r) < b->input_noise)
            l->input[OUT_MELODY][k] = l->melody[rng_below(&r, l->steps)];
        if (!k || l->chord[k] != l->chord[k - 1])
            wrong = rng_uniform(&r) < 2 * b->input_noise
                        ? l->chord[rng_below(&r, l->steps)]
                        : -1;
        if (wrong >= 0)
            l->input[OUT_CHORD][k] = (uint8_t)wrong;
    }
}

/* Puts the next tune of the order into a slot; 0 if there is none left. */
static int take_tune(struct batch *b, struct slot *l) {
    if (b->next == b->tunes) {
        l->tune = -1;
        return 0;
    }
    const struct dataset *d = b->data;
    int shift = b->shift[b->next];
    l->length_known = b->known[b->next];
    l->melody_known = b->context->on.ahead && b->ahead[b->next];
    l->form_known = b->context->on.form && b->shown[b->next];
    int hidden = b->hidden[b->next];
    l->tune = b->order[b->next++];
    size_t s = (size_t)l->tune;
    l->has_chords = d->has_chords[s] && !hidden;
    l->melody_known &= l->has_chords;
    l->header = dataset_header(d, s);
    l->header.key = tune_transpose_key(l->header.key, shift);
    l->steps = (size_t)(d->offset[s + 1] - d->offset[s]);
    l->at = 0;
    transpose_steps(&b->transpose, s, shift, l->melody, l->chord);
    add_noise(b, l);
    if (l->form_known)
        form_of(&l->form, &d->vocabulary, &l->header, l->melody,
                l->has_chords ? l->chord : NULL, l->steps);
    return 1;
}

/* Writes place i of the window: one step of the slot's tune. Returns whether
 * it has a step to predict. */
static int fill_place(struct batch *b, struct slot *l, size_t i) {
    const struct context *c = b->context;
    size_t L = c->copies;
    const uint8_t *voice[OUTPUTS] = {
        [OUT_MELODY] = l->input[OUT_MELODY],
        [OUT_CHORD] = l->has_chords ? l->input[OUT_CHORD] : NULL};
    struct tune_view view = {
        .melody = voice[OUT_MELODY],
        .chord = voice[OUT_CHORD],
        .header = l->header,
        .steps = l->length_known || l->melody_known ? l->steps : 0,
        .melody_known = l->melody_known,
        .form = l->form_known ? &l->form : NULL};
    context_input(c, &l->state, &view, l->at, b->indices + i * b->active);
    for (int k = 0; k < OUTPUTS; k++) {
        context_copies(c, &l->state, &view, voice[k], l->at,
                       b->copy[k] + i * L);
        b->anchor[k][i] = (uint8_t)context_anchor(c, &l->state, &view,
                                                  k == OUT_MELODY, l->at);
    }
    b->reset[i] = l->at == 0;
    b->keys[i] = (uint8_t)context_key(l->header.key);
    b->before[OUT_MELODY][i] = l->melody[l->at];
    b->before[OUT_CHORD][i] = l->chord[l->at];
    int more = ++l->at < l->steps;
    b->target[OUT_MELODY][i] = more ? l->melody[l->at] : -1;
    b->target[OUT_CHORD][i] = !l->has_chords ? -1
                              : more         ? l->chord[l->at]
                                             : (int16_t)c->end;
    return more;
}

/* Has the slot a tune with a place that is still to come? The last step has one
 * if the end is to be learnt. */
static int goes_on(const struct batch *b, const struct slot *l) {
    int ends = b->context->end >= 0 && l->has_chords;
    return l->tune >= 0 && l->at + !ends < l->steps;
}

/* An idle slot runs on without being scored. */
static void fill_idle(struct batch *b, size_t i) {
    memset(b->indices + i * b->active, 0, b->active * sizeof *b->indices);
    b->reset[i] = 1;
    for (int k = 0; k < OUTPUTS; k++) {
        size_t L = b->context->copies;
        b->before[k][i] = b->target[k][i] = -1;
        b->anchor[k][i] = 0;
        memset(b->copy[k] + i * L, 0, L * sizeof *b->copy[k]);
    }
}

/* Fills the window; *places of it are of tunes. Returns how many are scored. */
static size_t fill_window(struct batch *b, size_t *places) {
    size_t scored = 0;
    *places = 0;
    for (size_t t = 0; t < b->T; t++)
        for (size_t j = 0; j < b->slots; j++) {
            struct slot *l = &b->slot[j];
            if (!goes_on(b, l) && !take_tune(b, l)) {
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
