/* Rules of composing: see rules.h. SPDX-License-Identifier: MIT */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

/* How many steps up to and with t - 1 the voice has just gone on. */
static size_t run_length(const struct vocabulary *words, const struct tune *u,
                         enum model_output k, size_t t) {
    const uint8_t *v = k == OUT_MELODY ? u->melody : u->chord;
    size_t n = 1;
    while (n < t) {
        int before = v[t - n - 1];
        int same =
            k == OUT_MELODY ? vocabulary_melody_goes_on(words, before) : before;
        if (v[t - n] != same)
            break;
        n++;
    }
    return n;
}

static size_t class_count(const struct vocabulary *v, enum model_output k) {
    return (size_t)(k == OUT_MELODY ? v->melody_count : v->chord_count);
}

/* Always the likeliest class gets stuck soonest. */
static int repeat_limit(const struct sampling *how, enum model_output k) {
    int limit =
        k == OUT_MELODY ? how->melody_repeat_max : how->chord_repeat_max;
    return !limit && how->method == SAMPLING_ARGMAX ? 16 : limit;
}

static void bar_stuck(const struct vocabulary *v, const struct sampling *how,
                      const struct tune *u, enum model_output k, size_t t,
                      uint8_t *barred) {
    int limit = repeat_limit(how, k);
    if (!limit || run_length(v, u, k, t) < (size_t)limit)
        return;
    int stuck = k == OUT_MELODY ? vocabulary_melody_goes_on(v, u->melody[t - 1])
                                : u->chord[t - 1];
    size_t n = class_count(v, k);
    barred[stuck] = 1;
    if (memchr(barred, 0, n) == NULL) /* it is all that may come */
        barred[stuck] = 0;
}

/* The beat in the middle of the last bar. */
static size_t middle(const struct tune *u) {
    const struct tune_header *h = &u->frame.header;
    size_t bar = (size_t)h->bar, phase = (size_t)h->phase;
    size_t beat = (size_t)tune_beat_steps(h);
    if (u->steps < phase + bar)
        return u->steps;
    return phase + (u->steps - 1 - phase) / bar * bar + bar / 2 / beat * beat;
}

static int is_tonic(const struct vocabulary *v, int melody, int key) {
    int pitch = vocabulary_pitch(v, melody);
    return pitch >= 0 && pitch % 12 == tune_tonic(key);
}

static void bar_restless(const struct vocabulary *v, const struct tune *u,
                         enum model_output k, size_t t, int sounding,
                         uint8_t *barred) {
    int key = u->frame.header.key;
    if (key < 0 || t < middle(u))
        return;
    if (k == OUT_CHORD) {
        for (int c = 0; c < v->chord_count; c++)
            barred[c] |= v->chords[c].root != tune_tonic(key);
        return;
    }
    int must = t == middle(u) && !is_tonic(v, sounding, key);
    for (int c = 0; c < v->melody_count; c++) {
        int strikes = vocabulary_pitch(v, c) >= 0;
        barred[c] |= strikes ? !is_tonic(v, c, key) : must;
    }
}

static int melody_degree(const struct vocabulary *v, int melody, int key) {
    int pitch = vocabulary_pitch(v, melody);
    return tune_degree(key, pitch < 0 ? -1 : pitch % 12);
}

/* Where a part comes to rest: its last bar in the form, and how far step t is
 * from the middle of it; NULL in other bars, and without a key. */
static const struct form_bar *
rest_of(const struct tune *u, const struct form *f, size_t t, int *after) {
    const struct tune_header *h = &u->frame.header;
    int b = form_bar_of(h, t);
    *after = (int)t - (h->phase + b * h->bar + h->bar / 2);
    return h->key >= 0 && b < f->bars && *after >= 0 &&
                   (b % FORM_PART == FORM_PART - 1 || b == f->bars - 1)
               ? &f->bar[b]
               : NULL;
}

/* From the middle of the last bar on, the chord of a tune that ends on the
 * tonic is one of the tonic, where the form does not know better. What it knows
 * the network is told, which prepares it: forced in the middle of a bar it
 * would change there. */
static void bar_other_chords(const struct vocabulary *v, const struct tune *u,
                             const struct form *f, size_t t, uint8_t *barred) {
    int after, key = u->frame.header.key;
    const struct form_bar *y = rest_of(u, f, t, &after);
    if (y != &f->bar[f->bars - 1] || y->chord != FORM_NONE || y->note != 0)
        return;
    for (int c = 0; c < v->chord_count; c++)
        barred[c] |= tune_degree(key, v->chords[c].root) != 0;
}

/* Does a note leap by a fifth or more from the one that sounds? */
static int leaps(const struct vocabulary *v, int note, int sounding) {
    int a = vocabulary_pitch(v, note), b = vocabulary_pitch(v, sounding);
    return a >= 0 && b >= 0 && abs(a - b) >= 7;
}

/* In the middle sounds the note of the form; after it, where the tune ends on
 * the tonic, no other one is struck. No tune leaps to its last notes. */
static void bar_other_notes(const struct vocabulary *v, const struct tune *u,
                            const struct form *f, size_t t, int sounding,
                            uint8_t *barred) {
    int after, key = u->frame.header.key;
    const struct form_bar *y = rest_of(u, f, t, &after);
    int last = y == &f->bar[f->bars - 1];
    if (!y || y->note == FORM_NONE || (after > 0 && !(last && y->note == 0)))
        return;
    int must = after == 0 && melody_degree(v, sounding, key) != y->note;
    for (int c = 0; c < v->melody_count; c++) {
        int strikes = vocabulary_pitch(v, c) >= 0;
        barred[c] |= strikes ? melody_degree(v, c, key) != y->note ||
                                   (last && leaps(v, c, sounding))
                             : must;
    }
}

/* No note below or above what is asked for, and what the form says. */
static void bar_range(const struct vocabulary *v, const struct sampling *how,
                      const struct form *f, uint8_t *barred) {
    int low = 0, high = 0;
    if (f)
        form_range(f, &low, &high);
    if (how->high && (how->low > high || how->high < low)) {
        low = how->low; /* the form is of another range altogether */
        high = how->high;
    }
    low = how->low > low ? how->low : low;
    high = how->high && (!high || how->high < high) ? how->high : high;
    for (int c = 0; high && c < v->melody_count; c++) {
        int pitch = vocabulary_pitch(v, c);
        barred[c] |= pitch >= 0 && (pitch < low || pitch > high);
    }
}

void rules_bar(const struct checkpoint *m, const struct sampling *how,
               const struct sampled *s, enum model_output k, size_t t,
               int sounding, uint8_t *barred) {
    const struct vocabulary *v = &m->origin.vocabulary;
    memset(barred, 0, m->model.config.classes[k]);
    if (how->cadence && s->form && k == OUT_CHORD)
        bar_other_chords(v, s->tune, s->form, t, barred);
    else if (how->cadence && s->form)
        bar_other_notes(v, s->tune, s->form, t, sounding, barred);
    else if (how->cadence && !s->may_end)
        bar_restless(v, s->tune, k, t, sounding, barred);
    if (k == OUT_MELODY)
        bar_range(v, how, s->form, barred);
    if (memchr(barred, 0, class_count(v, k)) == NULL) { /* no tonic there */
        memset(barred, 0, class_count(v, k));
        if (k == OUT_MELODY)
            bar_range(v, how, s->form, barred);
    }
    bar_stuck(v, how, s->tune, k, t, barred);
    if (k == OUT_CHORD && m->context.end >= 0)
        barred[m->context.end] = !s->may_end || t < 2;
}
