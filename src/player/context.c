/* Input features: see context.h. SPDX-License-Identifier: MIT */
#include "nott/player/context.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_RUN ((1 << (CONTEXT_RUNS - 1)) - 1)

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

static int at_most(size_t n, int most) {
    return n < (size_t)most ? (int)n : most;
}

int context_parse_lags(struct features *f, const char *text, struct err *e) {
    f->lag_count = 0;
    for (const char *p = text; *(p += strspn(p, " "));) {
        char *end;
        long v = strtol(p, &end, 10);
        int before = f->lag_count ? f->lag[f->lag_count - 1] : 0;
        if (end == p || (*end && *end != ' ') || v <= before || v > 64 ||
            f->lag_count == CONTEXT_LAGS)
            return err_set(e, ERR_USAGE,
                           "model.lags: '%s' is not up to %d rising numbers "
                           "of bars in 1..64",
                           text, CONTEXT_LAGS);
        f->lag[f->lag_count++] = (int)v;
        p = end;
    }
    return 0;
}

/* One kind of row: the next `count` numbers of the matrix. */
struct writer {
    uint16_t *rows;
    size_t n, base;
};

static void put(struct writer *w, int on, int count, int value) {
    if (!on)
        return;
    w->rows[w->n++] = (uint16_t)(w->base + (size_t)value);
    w->base += (size_t)count;
}

static int log2_floor(int n) {
    int k = 0;
    while (n >>= 1)
        k++;
    return k;
}

/* The step that lies `lag` bars before step t + 1; -1 = before the tune. */
static ptrdiff_t step_at(const struct tune_view *v, size_t t, int lag) {
    return (ptrdiff_t)(t + 1) - (ptrdiff_t)lag * v->bar;
}

static int is_lag(const struct features *on, int bars) {
    for (int i = 0; i < on->lag_count; i++)
        if (on->lag[i] == bars)
            return 1;
    return 0;
}

/* Step t against all steps that lie whole bars before it. Likeness is a mean
 * over some 32 steps back. */
static void compare_bars(const struct context *c, struct context_state *s,
                         const struct tune_view *v, size_t t) {
    int bars = at_most(t / (size_t)v->bar, CONTEXT_BARS);
    s->best_lag = 0;
    for (int k = 1; k <= bars; k++) {
        size_t then = t - (size_t)k * (size_t)v->bar;
        int same =
            v->melody[then] == v->melody[t] && v->chord[then] == v->chord[t];
        int old = s->likeness[k], to = same ? 65535 : 0;
        s->run[k] = same ? (uint8_t)at_most(s->run[k] + 1u, LONGEST_RUN) : 0;
        s->likeness[k] = (uint16_t)(old + (to - old) / 32);
        if (c->on.best_lag && s->likeness[k] > s->likeness[s->best_lag] &&
            !is_lag(&c->on, k))
            s->best_lag = k;
    }
}

static void remember(const struct context *c, struct context_state *s,
                     const struct tune_view *v, size_t t) {
    if (t == 0)
        *s = (struct context_state){.sounding = v->melody[0]};
    int m = v->melody[t], k = v->chord[t];
    if (t > 0) {
        int same = m == v->melody[t - 1];
        int goes_on = m == c->hold || (same && (c->hold < 0 || m == c->rest));
        s->duration[0] = goes_on ? s->duration[0] + 1 : 0;
        s->duration[1] = k == v->chord[t - 1] ? s->duration[1] + 1 : 0;
    }
    s->sounding = m == c->hold ? s->sounding : m;
    if (c->on.lag_count || c->on.best_lag)
        compare_bars(c, s, v, t);
}

static int bars_left(const struct tune_view *v, size_t t) {
    if (!v->steps)
        return 0;
    size_t left = t + 2 < v->steps ? v->steps - (t + 2) : 0;
    return 1 + at_most(left / (size_t)v->bar, CONTEXT_LENGTHS - 2);
}

/* ---- classes as they are in a key or a chord ---- */

static int above(int pitch_class, int root) {
    return (pitch_class - root + 12) % 12;
}

int context_melody_in_key(const struct context *c, int melody, int key) {
    int pitch = c->pitch_class[melody];
    return pitch < 0 || key < 0 ? -1 : key / 12 * 12 + above(pitch, key % 12);
}

int context_chord_in_key(const struct context *c, int chord, int key) {
    int root = c->root[chord];
    return root < 0 || key < 0 ? -1
                               : c->quality[chord] * 12 + above(root, key % 12);
}

int context_melody_in_chord(const struct context *c, int melody, int chord) {
    int pitch = c->pitch_class[melody];
    return pitch < 0 || chord < 0 || c->root[chord] < 0
               ? -1
               : c->quality[chord] * 12 + above(pitch, c->root[chord]);
}

int context_chords_in_key(const struct context *c) {
    return c->qualities * 12;
}

int context_melodies_in_chord(const struct context *c) {
    return c->qualities * 12;
}

/* The set of a chord with its root moved to C, which is its quality. */
static unsigned shape(const struct chord_class *c) {
    unsigned set = c->set;
    return (set >> c->root | set << (12 - c->root)) & 0xfff;
}

static void name_classes(struct context *c, const struct vocabulary *v) {
    unsigned shapes[VOCABULARY_MAX + 1];
    memset(c->pitch_class, -1, sizeof c->pitch_class);
    memset(c->root, -1, sizeof c->root);
    for (int k = 0; k < v->melody_count; k++)
        if (vocabulary_pitch(v, k) >= 0)
            c->pitch_class[k] = (int8_t)(vocabulary_pitch(v, k) % 12);
    for (int k = 0; k < v->chord_count; k++) {
        if (v->chords[k].root < 0)
            continue;
        int q = 0;
        shapes[c->qualities] = shape(&v->chords[k]);
        while (shapes[q] != shape(&v->chords[k]))
            q++;
        c->qualities += q == c->qualities;
        c->quality[k] = (uint8_t)q;
        c->root[k] = (int8_t)v->chords[k].root;
    }
}

/* Row 0 of each kind is that there is nothing. */
static void put_relative(const struct context *c, const struct context_state *s,
                         const struct tune_view *v, size_t t,
                         struct writer *w) {
    int on = c->on.relative, chord = v->chord[t];
    put(w, on, CONTEXT_MELODIES_IN_KEY + 1,
        1 + context_melody_in_key(c, s->sounding, v->key));
    put(w, on, context_chords_in_key(c) + 1,
        1 + context_chord_in_key(c, chord, v->key));
    put(w, on, context_melodies_in_chord(c) + 1,
        1 + context_melody_in_chord(c, s->sounding, chord));
}

/* Lag i in bars; the last one is the match, 0 where there is none. */
static int lag_number(const struct context *c, const struct context_state *s,
                      int i) {
    return i < c->on.lag_count ? c->on.lag[i] : s->best_lag;
}

void context_rows(const struct context *c, struct context_state *s,
                  const struct tune_view *v, size_t t, uint16_t *rows) {
    const struct features *on = &c->on;
    struct writer w = {rows, 0, 0};
    remember(c, s, v, t);
    size_t bar = (size_t)v->bar, from_line = t + 1 + bar - (size_t)v->phase;
    put(&w, 1, c->melody_count, v->melody[t]);
    put(&w, 1, c->chord_count, v->chord[t]);
    put(&w, on->position, CONTEXT_POSITIONS,
        (int)(from_line % bar % CONTEXT_POSITIONS));
    put(&w, on->meter, CONTEXT_METERS, meter_number(v->beats, v->unit));
    /* the pickup is the end of a bar before the first */
    put(&w, on->bars, on->bars,
        on->bars
            ? (int)((from_line / bar + (size_t)on->bars - 1) % (size_t)on->bars)
            : 0);
    put(&w, on->key, CONTEXT_KEYS, v->key + 1);
    put(&w, on->length, CONTEXT_LENGTHS, bars_left(v, t));
    put(&w, on->sounding, c->melody_count, s->sounding);
    put_relative(c, s, v, t, &w);
    for (int k = 0; k < 2; k++)
        put(&w, on->durations, CONTEXT_DURATIONS,
            at_most((size_t)s->duration[k], CONTEXT_DURATIONS - 1));
    for (int i = 0; i < on->lag_count + on->best_lag; i++) {
        int lag = lag_number(c, s, i);
        ptrdiff_t then = lag ? step_at(v, t, lag) : -1;
        put(&w, 1, c->melody_count + 1,
            then < 0 ? c->melody_count : v->melody[then]);
        put(&w, 1, c->chord_count + 1,
            then < 0 ? c->chord_count : v->chord[then]);
        put(&w, 1, CONTEXT_RUNS, log2_floor(1 + s->run[lag]));
    }
}

void context_copies(const struct context *c, const struct context_state *s,
                    const struct tune_view *tune, const uint8_t *voice,
                    size_t t, int16_t *copy) {
    for (size_t i = 0; i < c->copies; i++) {
        int lag = lag_number(c, s, (int)i);
        ptrdiff_t then = lag ? step_at(tune, t, lag) : -1;
        copy[i] = then < 0 ? -1 : voice[then];
    }
}

void context_init(struct context *c, const struct features *on,
                  const struct vocabulary *v) {
    size_t melodies = (size_t)v->melody_count, chords = (size_t)v->chord_count;
    size_t lags = (size_t)(on->lag_count + on->best_lag);
    *c = (struct context){.on = *on,
                          .melody_count = v->melody_count,
                          .chord_count = v->chord_count,
                          .hold =
                              v->encoding == ENCODING_ATTACK ? MELODY_HOLD : -1,
                          .rest = vocabulary_rest(v),
                          .copies = on->copy ? lags : 0,
                          .end = on->end ? v->chord_count : -1};
    name_classes(c, v);
    c->rows = melodies + chords;
    c->rows += on->position ? CONTEXT_POSITIONS : 0;
    c->rows += on->meter ? CONTEXT_METERS : 0;
    c->rows += (size_t)on->bars;
    c->rows += on->key ? CONTEXT_KEYS : 0;
    c->rows += on->length ? CONTEXT_LENGTHS : 0;
    c->rows += on->sounding ? melodies : 0;
    c->rows += on->relative ? (size_t)(CONTEXT_MELODIES_IN_KEY + 1 +
                                       context_chords_in_key(c) + 1 +
                                       context_melodies_in_chord(c) + 1)
                            : 0;
    c->rows += on->durations ? 2 * CONTEXT_DURATIONS : 0;
    c->rows += lags * (melodies + 1 + chords + 1 + CONTEXT_RUNS);
    c->active = 2 + (size_t)(on->position != 0) + (size_t)(on->meter != 0) +
                (size_t)(on->bars != 0) + (size_t)(on->key != 0) +
                (size_t)(on->length != 0) + (size_t)(on->sounding != 0) +
                3 * (size_t)(on->relative != 0) +
                2 * (size_t)(on->durations != 0) + 3 * lags;
}
