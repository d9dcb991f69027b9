/* The form of a tune: see form.h. SPDX-License-Identifier: MIT */
#include "nott/music/form.h"

#include <string.h>

#define PART_ALIKE 0.8 /* of the steps of two parts with one letter */

/* A tune as it is heard: what form_of is given. */
struct heard {
    const struct vocabulary *v;
    const struct tune_header *h;
    const uint8_t *melody, *chord;
    size_t steps;
};

/* ---- bars and parts ---- */

int form_parts(const struct form *f) {
    return (f->bars + FORM_PART - 1) / FORM_PART;
}

int form_part_bars(const struct form *f, int part) {
    int left = f->bars - part * FORM_PART;
    return left < FORM_PART ? left : FORM_PART;
}

int form_bar_of(const struct tune_header *h, size_t t) {
    size_t phase = (size_t)h->phase;
    return t < phase ? 0 : (int)((t - phase) / (size_t)h->bar);
}

int form_pace(const struct form *f) {
    int sum = 0;
    for (int b = 0; b < f->bars; b++)
        sum += f->bar[b].notes;
    return f->bars ? (2 * sum + f->bars) / (2 * f->bars) : 0;
}

void form_range(const struct form *f, int *low, int *high) {
    *low = *high = 0;
    for (int p = 0; p < form_parts(f); p++) {
        const struct form_part *y = &f->part[p];
        if (y->low && (!*low || y->low < *low))
            *low = y->low;
        if (y->high > *high)
            *high = y->high;
    }
}

static size_t bar_start(const struct heard *x, int bar) {
    return (size_t)x->h->phase + (size_t)bar * (size_t)x->h->bar;
}

/* ---- notes ---- */

static int struck(const struct heard *x, size_t t) {
    return vocabulary_struck(x->v, x->melody, t);
}

static int sounding(const struct heard *x, size_t t) {
    return vocabulary_sounding(x->v, x->melody, t);
}

/* How many of n steps from a and from b on sound alike. */
static size_t alike(const struct heard *x, size_t a, size_t b, size_t n) {
    size_t same = 0;
    int attack = x->v->encoding == ENCODING_ATTACK;
    int at_a = sounding(x, a), at_b = sounding(x, b);
    for (size_t k = 0; k < n; k++) {
        int m = x->melody[a + k], o = x->melody[b + k];
        at_a = attack && m == MELODY_HOLD ? at_a : m;
        at_b = attack && o == MELODY_HOLD ? at_b : o;
        same += at_a == at_b;
    }
    return same;
}

/* ---- how a bar comes back ---- */

/* Are n steps from a on those from b on? */
static int is_same(const struct heard *x, size_t a, size_t b, size_t n) {
    return memcmp(x->melody + a, x->melody + b, n) == 0;
}

/* The same rhythm and, but for a semitone that the scale may ask for, the same
 * intervals are FORM_MOVED. */
static enum form_way moved(const struct heard *x, size_t a, size_t b,
                           size_t n) {
    int least = 128, most = -128, notes = 0;
    for (size_t k = 0; k < n; k++) {
        int p = struck(x, a + k), q = struck(x, b + k);
        if ((p < 0) != (q < 0))
            return FORM_NEW;
        if (p < 0)
            continue;
        least = p - q < least ? p - q : least;
        most = p - q > most ? p - q : most;
        notes++;
    }
    return notes > 2 && most - least <= 1 && (least > 0 || most < 0)
               ? FORM_MOVED
               : FORM_RHYTHM;
}

/* How the n steps from a on come back from those from b on. */
static enum form_way way(const struct heard *x, size_t a, size_t b, size_t n) {
    size_t half = n / 2;
    if (is_same(x, a, b, n))
        return FORM_SAME;
    if (is_same(x, a, b, half))
        return FORM_ENDING;
    if (is_same(x, a + half, b + half, n - half))
        return FORM_START;
    return moved(x, a, b, n);
}

/* Of equal ways the first counts: from the same place of a part before, then
 * from a phrase before, then from nearby. */
static int nearness(int from) {
    return from % FORM_PART == 0    ? from / FORM_PART
           : from == FORM_PHRASE    ? FORM_PARTS
           : from == 2 || from == 1 ? FORM_PARTS + 3 - from
                                    : FORM_PARTS + from;
}

static enum form_way way_of(const struct heard *x, int bar, int from) {
    size_t a = bar_start(x, bar), n = (size_t)x->h->bar;
    n = x->steps - a < n ? x->steps - a : n;
    return way(x, a, bar_start(x, bar - from), n);
}

enum form_way form_way_of(const struct vocabulary *v,
                          const struct tune_header *h, const uint8_t *melody,
                          size_t steps, int bar, int from) {
    struct heard x = {v, h, melody, NULL, steps};
    return way_of(&x, bar, from);
}

static void find_source(const struct heard *x, int bar, struct form_bar *out) {
    for (int from = 1; from <= bar; from++) {
        enum form_way w = way_of(x, bar, from);
        if (w > out->way || (w == out->way && w != FORM_NEW &&
                             nearness(from) < nearness(out->from)))
            *out = (struct form_bar){.way = (uint8_t)w, .from = (uint8_t)from};
    }
}

/* ---- what a bar is like ---- */

static uint8_t degree(const struct heard *x, int pitch_class) {
    int d = tune_degree(x->h->key, pitch_class);
    return d < 0 ? FORM_NONE : (uint8_t)d;
}

static void find_rest(const struct heard *x, int bar, struct form_bar *out) {
    size_t t = bar_start(x, bar) + (size_t)x->h->bar / 2;
    out->note = out->chord = FORM_NONE;
    if (bar % FORM_PHRASE != FORM_PHRASE - 1 || t >= x->steps)
        return;
    int pitch = vocabulary_pitch(x->v, sounding(x, t));
    out->note = degree(x, pitch < 0 ? -1 : pitch % 12);
    out->chord = degree(x, x->chord ? x->v->chords[x->chord[t]].root : -1);
}

static void describe_bar(const struct heard *x, int bar, struct form_bar *out) {
    size_t from = bar_start(x, bar), to = from + (size_t)x->h->bar;
    find_source(x, bar, out);
    find_rest(x, bar, out);
    for (size_t t = from; t < to && t < x->steps; t++)
        out->notes += struck(x, t) >= 0 && out->notes < FORM_NOTES;
}

static struct form_part range_of(const struct heard *x, int bar, int bars) {
    struct form_part y = {0};
    size_t from = bar_start(x, bar), sum = 0, notes = 0;
    size_t to = from + (size_t)bars * (size_t)x->h->bar;
    for (size_t t = from; t < to && t < x->steps; t++) {
        int pitch = struck(x, t);
        if (pitch < 0)
            continue;
        if (!y.low || pitch < y.low)
            y.low = (uint8_t)pitch;
        if (pitch > y.high)
            y.high = (uint8_t)pitch;
        sum += (size_t)pitch;
        notes++;
    }
    y.mean = (uint8_t)(notes ? (sum + notes / 2) / notes : 0);
    return y;
}

struct form_part form_range_of(const struct vocabulary *v,
                               const struct tune_header *h,
                               const uint8_t *melody, size_t steps, int bar,
                               int bars) {
    struct heard x = {v, h, melody, NULL, steps};
    return range_of(&x, bar, bars);
}

/* ---- letters ---- */

static int is_like(const struct heard *x, const struct form *f, int p, int q) {
    int bars = form_part_bars(f, p);
    size_t a = bar_start(x, p * FORM_PART), b = bar_start(x, q * FORM_PART);
    size_t n = (size_t)bars * (size_t)x->h->bar;
    n = x->steps - a < n ? x->steps - a : n;
    return (bars == form_part_bars(f, q) || bars > FORM_PART / 2) &&
           (double)alike(x, a, b, n) >= PART_ALIKE * (double)n;
}

/* The letter of the first part that it is like, else the next one. */
static void find_letters(const struct heard *x, struct form *f) {
    int letters = 0, first[FORM_PARTS], times[FORM_PARTS];
    for (int p = 0; p < form_parts(f); p++) {
        int k = 0;
        while (k < letters && !is_like(x, f, p, first[k]))
            k++;
        if (k == letters) {
            first[letters] = p;
            times[letters++] = 0;
        }
        f->part[p].letter = (uint8_t)k;
        f->part[p].time = (uint8_t)times[k]++;
    }
}

void form_of(struct form *f, const struct vocabulary *v,
             const struct tune_header *h, const uint8_t *melody,
             const uint8_t *chord, size_t steps) {
    struct heard x = {v, h, melody, chord, steps};
    memset(f, 0, sizeof *f);
    size_t bars = tune_bars(h, steps);
    f->bars = bars < FORM_BARS ? (int)bars : FORM_BARS;
    for (int b = 0; b < f->bars; b++)
        describe_bar(&x, b, &f->bar[b]);
    for (int p = 0; p < form_parts(f); p++)
        f->part[p] = range_of(&x, p * FORM_PART, form_part_bars(f, p));
    find_letters(&x, f);
}
