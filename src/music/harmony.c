/* Chords from whatever accompanies: see harmony.h.
 * SPDX-License-Identifier: MIT */
#include "harmony.h"

#include <math.h>
#include <stdlib.h>

#define BEATS_MAX 16 /* of a bar; longer ones are heard in parts */

/* ---- what sounds ---- */

/* Weights of the pitch classes over a stretch of time, in steps. */
struct sound {
    double weight[12], all;
    double tune[12]; /* the melody's */
    int bass;        /* pitch class of what is lowest, -1 = silence */
};

/* One beat. */
struct beat {
    double weight[12], tune[12];
    int rings[2][12]; /* notes from before the bar, and the melody's, that go on
                       * from here, less those that do not */
    int lowest;       /* pitch, 128 = none */
};

/* The beats of a tune, bar by bar. */
struct beats {
    struct beat *list; /* owned */
    size_t count, per_bar;
    double steps;  /* of a beat */
    double offset; /* steps of the first bar that lie before the tune */
};

#define RINGING 0.05 /* weight of what still sounds from the bar before */
#define TUNE    0.1  /* of the melody, half of which passes by */

/* In the bar in which it begins a note has the weight of its length; what rings
 * on has little, and is counted where it begins and ends, for it may ring
 * through the whole tune. */
static void add_note(struct beats *all, double from, double to, int pitch,
                     int is_tune) {
    size_t first = from > 0 ? (size_t)(from / all->steps) : 0;
    size_t line = (first / all->per_bar + 1) * all->per_bar;
    size_t last = to > 0 ? (size_t)(to / all->steps) : 0;
    for (size_t k = first; k < all->count && k < line; k++) {
        double begin = (double)k * all->steps, end = begin + all->steps;
        double part = (to < end ? to : end) - (from > begin ? from : begin);
        struct beat *b = &all->list[k];
        if (part <= 0)
            break;
        (is_tune ? b->tune : b->weight)[pitch % 12] += part;
        if (!is_tune && pitch < b->lowest)
            b->lowest = pitch;
    }
    if (last < line || line >= all->count)
        return;
    last = last < all->count ? last : all->count;
    all->list[line].rings[is_tune][pitch % 12]++;
    all->list[last].rings[is_tune][pitch % 12]--;
    if (last < all->count)
        (is_tune ? all->list[last].tune : all->list[last].weight)[pitch % 12] +=
            RINGING * (to - (double)last * all->steps);
}

static void let_ring(struct beats *all) {
    int rings[2][12] = {{0}};
    for (size_t k = 0; k < all->count; k++)
        for (int c = 0; c < 12; c++) {
            struct beat *b = &all->list[k];
            rings[0][c] += b->rings[0][c];
            rings[1][c] += b->rings[1][c];
            b->weight[c] += RINGING * all->steps * rings[0][c];
            b->tune[c] += RINGING * all->steps * rings[1][c];
        }
}

/* A note is meant on the nearest step: played a little before a bar line it
 * would ring over from the bar before. A short one is heard for longer than it
 * sounds, for half a beat at least. */
static void gather(struct beats *all, const struct part *p, struct grid g,
                   int is_tune) {
    double unit = (double)g.spq / (double)g.ppq, least = all->steps / 2;
    for (size_t i = 0; i < p->count; i++) {
        const struct note *n = &p->notes[i];
        double from = floor((double)n->onset * unit + 0.5) + all->offset;
        double length = (double)(n->duration + grid_tick(g)) * unit;
        add_note(all, from, from + (length < least ? least : length), n->pitch,
                 is_tune);
    }
}

static void sum_beats(struct sound *s, const struct beat *beats, size_t n) {
    int lowest = 128;
    *s = (struct sound){.bass = -1};
    for (size_t k = 0; k < n; k++) {
        for (int c = 0; c < 12; c++) {
            s->weight[c] += beats[k].weight[c];
            s->tune[c] += beats[k].tune[c];
        }
        lowest = beats[k].lowest < lowest ? beats[k].lowest : lowest;
    }
    for (int c = 0; c < 12; c++)
        s->all += s->weight[c];
    s->bass = lowest < 128 ? lowest % 12 : -1;
}

/* ---- which chord it is ---- */

/* The commoner qualities as sets over C, and how much each must be better than
 * a triad to be believed. */
static const struct {
    uint16_t set;
    double price;
} qualities[] = {
    {0x091, 0},    {0x089, 0},    {0x491, 0.02}, {0x049, 0.15}, {0x489, 0.25},
    {0x891, 0.35}, {0x249, 0.35}, {0x449, 0.35}, {0x111, 0.35}, {0x0a1, 0.35},
    {0x291, 0.4},  {0x289, 0.4},  {0x085, 0.4},
};

#define QUALITIES (sizeof qualities / sizeof *qualities)

struct heard_chord {
    uint16_t set; /* 0 = none */
    int root;
    double score; /* in weight */
};

/* What sounds and is in the chord counts for it, what sounds and is not counts
 * against it, and so do notes of it that do not sound. */
static double fit(const struct sound *s, uint16_t set, int root, double price,
                  int key) {
    double in = 0, missing = 0;
    for (int c = 0; c < 12; c++) {
        int has = set >> c & 1;
        double weight = s->weight[c] + TUNE * s->tune[c];
        in += has ? weight : -weight;
        missing += has && weight < 0.08 * s->all;
    }
    double score = in / s->all - 0.12 * missing - price;
    score += s->bass == root ? 0.1 : 0;
    if (key != TUNE_KEY_UNKNOWN) { /* of two readings that of the scale */
        uint16_t scale = chord_rotate(TUNE_MAJOR_SCALE, tune_scale_tonic(key));
        score += (set & ~scale) ? 0 : 0.05;
    }
    return score * s->all;
}

static struct heard_chord best_chord(const struct sound *s, int key) {
    struct heard_chord best = {0, -1, 0};
    for (size_t q = 0; q < QUALITIES && s->all > 0; q++)
        for (int root = 0; root < 12; root++) {
            uint16_t set = chord_rotate(qualities[q].set, root);
            double score = fit(s, set, root, qualities[q].price, key);
            if (best.root < 0 || score > best.score)
                best = (struct heard_chord){set, root, score};
        }
    return best;
}

/* The best cut of a bar of n beats into stretches: chord[k] is that of beat k.
 * A change costs a fifth of the mean sound of a beat, half of that in the
 * middle. */
static void segment(const struct beat *beats, size_t n, int key,
                    struct heard_chord *chord) {
    double best[BEATS_MAX + 1] = {0};
    size_t from[BEATS_MAX + 1] = {0};
    struct heard_chord last[BEATS_MAX + 1];
    struct sound whole;
    sum_beats(&whole, beats, n);
    double price = 0.2 * whole.all / (double)n;
    for (size_t to = 1; to <= n; to++) {
        best[to] = -INFINITY;
        for (size_t a = 0; a < to; a++) {
            struct sound s;
            sum_beats(&s, beats + a, to - a);
            struct heard_chord c = best_chord(&s, key);
            double cost = a == 0 ? 0 : 2 * a == n ? 0.5 * price : price;
            if (best[a] + c.score - cost > best[to]) {
                best[to] = best[a] + c.score - cost;
                from[to] = a;
                last[to] = c;
            }
        }
    }
    for (size_t to = n; to > 0; to = from[to])
        for (size_t k = from[to]; k < to; k++)
            chord[k] = last[to];
}

/* ---- the tune ---- */

static int write_chord(struct raw_tune *t, int64_t from, int64_t to,
                       const struct heard_chord *h, struct chord_pool *pool,
                       struct err *e) {
    struct chord c = chord_close(h->set, h->root);
    int number = chord_pool_find(pool, &c, e);
    if (number < 0)
        return -1;
    for (int64_t k = from < 0 ? 0 : from; k < to && k < t->steps; k++)
        t->chord[k] = number;
    return 0;
}

void harmony_hold(struct raw_tune *t, int most) {
    int last = 0, since = 0;
    for (int k = 0; k < t->steps; k++) {
        if (!t->chord[k])
            continue;
        if (last && k - since > 1 && k - since - 1 <= most)
            for (int i = since + 1; i < k; i++)
                t->chord[i] = last;
        last = t->chord[k];
        since = k;
    }
}

static int open_beats(struct beats *all, const struct raw_tune *t,
                      struct err *e) {
    const struct tune_header *h = &t->header;
    int per_bar = h->bar / tune_beat_steps(h);
    per_bar = per_bar > BEATS_MAX ? BEATS_MAX : per_bar;
    int offset = h->phase ? h->bar - h->phase : 0;
    size_t bars = (size_t)((t->steps + offset + h->bar - 1) / h->bar);
    *all = (struct beats){.per_bar = (size_t)per_bar,
                          .count = bars * (size_t)per_bar,
                          .steps = (double)h->bar / per_bar,
                          .offset = offset};
    all->list = calloc(all->count + 1, sizeof *all->list);
    for (size_t k = 0; all->list && k < all->count; k++)
        all->list[k].lowest = 128;
    return all->list ? 0 : err_set(e, ERR_MEM, "chords: out of memory");
}

/* Writes the chords of the bar that begins with a beat. */
static int write_bar(struct raw_tune *t, const struct beats *all, size_t first,
                     struct chord_pool *pool, struct err *e) {
    struct heard_chord chord[BEATS_MAX];
    segment(all->list + first, all->per_bar, t->header.key, chord);
    for (size_t k = 0; k < all->per_bar; k++) {
        double from = (double)(first + k) * all->steps - all->offset;
        struct sound s;
        sum_beats(&s, all->list + first + k, 1);
        if (s.all > 0 &&
            write_chord(t, llround(from), llround(from + all->steps), &chord[k],
                        pool, e))
            return -1;
    }
    return 0;
}

int harmony_find(struct raw_tune *t, const struct part *p,
                 const struct part *melody, struct grid g,
                 struct chord_pool *pool, struct err *e) {
    struct beats all;
    if (open_beats(&all, t, e))
        return -1;
    gather(&all, p, g, 0);
    gather(&all, melody, g, 1);
    let_ring(&all);
    int rc = 0;
    for (size_t k = 0; k < all.count && rc == 0; k += all.per_bar)
        rc = write_bar(t, &all, k, pool, e);
    harmony_hold(t, t->header.bar);
    free(all.list);
    return rc;
}
