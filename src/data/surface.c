/* Tunes as they are heard: see surface.h. SPDX-License-Identifier: MIT */
#include "nott/data/surface.h"

#include <stdlib.h>
#include <string.h>

int surface_init(struct surface *t, const char *name, size_t steps,
                 struct err *e) {
    *t = (struct surface){
        .steps = steps,
        .has_chords = 1,
        .header = {.bar = 16, .beats = 4, .unit = 4, .key = TUNE_KEY_UNKNOWN}};
    t->name = strdup(name);
    t->pitch = calloc(steps + 1, sizeof *t->pitch);
    t->struck = calloc(steps + 1, 1);
    t->chord = calloc(steps + 1, sizeof *t->chord);
    t->bass = calloc(steps + 1, 1);
    if (!t->name || !t->pitch || !t->struck || !t->chord || !t->bass) {
        surface_free(t);
        return err_set(e, ERR_MEM, "%s: out of memory", name);
    }
    for (size_t k = 0; k < steps; k++) {
        t->pitch[k] = SURFACE_REST;
        t->bass[k] = -1;
    }
    return 0;
}

void surface_free(struct surface *t) {
    free(t->name);
    free(t->pitch);
    free(t->struck);
    free(t->chord);
    free(t->bass);
    *t = (struct surface){0};
}

void surface_set_free(struct surface_set *s) {
    for (size_t i = 0; i < s->count; i++)
        surface_free(&s->list[i]);
    free(s->list);
    *s = (struct surface_set){0};
}

static int set_init(struct surface_set *s, size_t room, int steps_per_quarter,
                    struct err *e) {
    *s = (struct surface_set){.steps_per_quarter = steps_per_quarter};
    s->list = calloc(room + 1, sizeof *s->list);
    return s->list ? 0 : err_set(e, ERR_MEM, "tunes: out of memory");
}

void surface_keep_bars(struct surface_set *s, size_t bars) {
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        if (surface_bars(&s->list[i]) == bars)
            s->list[n++] = s->list[i];
        else
            surface_free(&s->list[i]);
    s->count = n;
}

size_t surface_bars(const struct surface *t) {
    return tune_bars(&t->header, t->steps);
}

size_t surface_place(const struct surface *t, size_t k) {
    size_t bar = (size_t)t->header.bar;
    return (k + bar - (size_t)t->header.phase % bar) % bar;
}

uint16_t surface_contour(const struct surface *t, size_t k, int *last) {
    return contour_step(t->pitch[k - 1], t->pitch[k], t->struck[k], last);
}

size_t surface_beat(const struct surface *t) {
    return (size_t)tune_beat_steps(&t->header);
}

int surface_tonic(const struct surface *t) {
    return tune_tonic(t->header.key);
}

int surface_scale(const struct surface *t) {
    int tonic = surface_tonic(t);
    return tonic < 0                      ? -1
           : tune_is_minor(t->header.key) ? (tonic + 3) % 12
                                          : tonic;
}

int surface_root(const struct surface *t, size_t k) {
    return chord_root(t->chord[k], t->bass[k]);
}

static void hear_chord(struct surface *t, size_t k, uint16_t set,
                       const struct chord *voicing) {
    t->chord[k] = set;
    t->bass[k] = (int8_t)(voicing->voices ? voicing->pitch[0] % 12 : -1);
}

/* The pitch that goes on at step k; a hold after nothing is a rest. */
static int16_t goes_on(const struct surface *t, size_t k) {
    return k ? t->pitch[k - 1] : SURFACE_REST;
}

/* ---- from sequences ---- */

static void hear_class(struct surface *t, size_t k, const struct vocabulary *v,
                       int class) {
    int attack = v->encoding == ENCODING_ATTACK;
    int pitch = vocabulary_pitch(v, class);
    if (attack && class == MELODY_HOLD)
        pitch = goes_on(t, k);
    else
        t->struck[k] = pitch >= 0 && (attack || pitch != goes_on(t, k));
    t->pitch[k] = (int16_t)pitch;
}

static int hear_sequence(struct surface *t, const struct dataset *d, size_t s,
                         struct err *e) {
    const struct vocabulary *v = &d->vocabulary;
    size_t from = (size_t)d->offset[s];
    if (surface_init(t, d->names[s], (size_t)d->offset[s + 1] - from, e))
        return -1;
    t->header = dataset_header(d, s);
    t->has_chords = d->has_chords[s];
    for (size_t k = 0; k < t->steps; k++) {
        const struct chord_class *c = &v->chords[d->chord[from + k]];
        hear_class(t, k, v, d->melody[from + k]);
        if (t->has_chords)
            hear_chord(t, k, c->set, &c->voicing);
    }
    return 0;
}

int surface_from_dataset(struct surface_set *s, const struct dataset *d,
                         int split, struct err *e) {
    if (set_init(s, d->tunes, d->steps_per_quarter, e))
        return -1;
    for (size_t i = 0; i < d->tunes; i++) {
        if (split != SPLITS && d->split[i] != split)
            continue;
        if (hear_sequence(&s->list[s->count], d, i, e)) {
            surface_set_free(s);
            return -1;
        }
        s->count++;
    }
    return 0;
}

/* ---- from MIDI files ---- */

static int hear_file(struct surface *t, const struct corpus_file *f,
                     const struct chord_pool *pool, struct err *e) {
    const struct raw_tune *raw = &f->tune;
    if (surface_init(t, f->name, (size_t)raw->steps, e))
        return -1;
    t->header = raw->header;
    t->has_chords = raw->has_chords;
    for (size_t k = 0; k < t->steps; k++) {
        int hold = raw->melody[k] == ENCODE_HOLD;
        t->pitch[k] = hold ? goes_on(t, k) : raw->melody[k];
        t->struck[k] = raw->melody[k] >= 0;
        if (t->has_chords) { /* else there may be no pool at all */
            const struct chord *c = &pool->list[raw->chord[k]];
            hear_chord(t, k, chord_set(c), c);
        }
    }
    return 0;
}

int surface_from_corpus(struct surface_set *s, const struct corpus *c,
                        int steps_per_quarter, struct err *e) {
    if (set_init(s, c->count, steps_per_quarter, e))
        return -1;
    for (size_t i = 0; i < c->count; i++) {
        if (c->files[i].outcome != OUTCOME_KEPT)
            continue;
        if (hear_file(&s->list[s->count], &c->files[i], &c->pool, e)) {
            surface_set_free(s);
            return -1;
        }
        s->count++;
    }
    return 0;
}
