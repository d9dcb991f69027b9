/* The n-gram baseline: see markov.h. SPDX-License-Identifier: MIT */
#include "nott/learn/markov.h"

#include <stdlib.h>
#include <string.h>

#include "nott/base/rng.h"

/* A context, or a context with a successor. 64 bits of hash stand for it: with
 * some million of them, two meet by chance once in 10^6 tables. */
struct markov_cell {
    uint64_t key; /* 0 = free */
    uint32_t count, distinct;
};

void markov_free(struct markov *m) {
    free(m->cells);
    *m = (struct markov){0};
}

static struct markov_cell *find(const struct markov *m, uint64_t key) {
    size_t i = (size_t)(key & (m->cap - 1));
    while (m->cells[i].key && m->cells[i].key != key)
        i = (i + 1) & (m->cap - 1);
    return &m->cells[i];
}

static int grow(struct markov *m, struct err *e) {
    struct markov old = *m;
    m->cap = old.cap ? 2 * old.cap : 1 << 16;
    m->cells = calloc(m->cap, sizeof *m->cells);
    if (!m->cells) {
        *m = old;
        return err_set(e, ERR_MEM, "n-grams: out of memory");
    }
    for (size_t i = 0; i < old.cap; i++)
        if (old.cells[i].key)
            *find(m, old.cells[i].key) = old.cells[i];
    free(old.cells);
    return 0;
}

static uint64_t nonzero(uint64_t h) {
    return h ? h : 1;
}

/* Steps of a context are numbers of 16 bits: a class must not look like one. */
static uint64_t successor(uint64_t context, int class) {
    return nonzero(rng_mix(context, 0x10000u + (uint64_t) class));
}

/* The chord of a step; classes are fewer than 256. */
static unsigned chord_at(const uint8_t *chord, size_t t) {
    return chord ? chord[t] : VOCABULARY_MAX;
}

/* Hashes of the contexts of length 0 .. order-1 that end before step t; longer
 * ones than the past are not filled. Returns how many there are. */
static int contexts(const struct markov *m, enum model_output k,
                    const uint8_t *melody, const uint8_t *chord, size_t t,
                    uint64_t *out) {
    uint64_t given = k == OUT_MELODY ? 256u + chord_at(chord, t) : 1u;
    uint64_t h = rng_mix(k == OUT_MELODY, given);
    int n = 0;
    out[n++] = nonzero(h);
    while (n < m->order && (size_t)n <= t) {
        size_t at = t - (size_t)n;
        h = rng_mix(h, (uint64_t)melody[at] << 8 | chord_at(chord, at));
        out[n++] = nonzero(h);
    }
    return n;
}

static void count_step(struct markov *m, enum model_output k,
                       const uint8_t *melody, const uint8_t *chord, size_t t) {
    uint64_t ctx[MARKOV_MAX_ORDER];
    int class = k == OUT_MELODY ? melody[t] : chord[t];
    int n = contexts(m, k, melody, chord, t, ctx);
    for (int i = 0; i < n; i++) {
        struct markov_cell *c = find(m, successor(ctx[i], class));
        int fresh = !c->key;
        c->key = successor(ctx[i], class);
        c->count++;
        m->count += (size_t)fresh;
        c = find(m, ctx[i]);
        m->count += !c->key;
        c->key = ctx[i];
        c->count++;
        c->distinct += (uint32_t)fresh;
    }
}

/* Counts a tune with its chords, or with NULL its melody alone. */
static int count_tune(struct markov *m, const uint8_t *melody,
                      const uint8_t *chord, size_t steps, struct err *e) {
    for (size_t t = 1; t < steps; t++) {
        while (m->cap < 2 * (m->count + 4 * MARKOV_MAX_ORDER))
            if (grow(m, e))
                return -1;
        for (int k = 0; k < OUTPUTS; k++)
            if (chord || k == OUT_MELODY)
                count_step(m, (enum model_output)k, melody, chord, t);
    }
    return 0;
}

int markov_train(struct markov *m, const struct dataset *d, int order,
                 struct err *e) {
    *m = (struct markov){.order = order, .vocabulary = &d->vocabulary};
    int alone = dataset_chordless(d, SPLITS) > 0;
    if (grow(m, e)) /* there is a table even if there is no training tune */
        return -1;
    for (size_t s = 0; s < d->tunes; s++) {
        if (d->split[s] != SPLIT_TRAIN)
            continue;
        size_t from = (size_t)d->offset[s];
        size_t steps = (size_t)d->offset[s + 1] - from;
        const uint8_t *melody = d->melody + from, *chord = dataset_chords(d, s);
        if ((chord && count_tune(m, melody, chord, steps, e)) ||
            (alone && count_tune(m, melody, NULL, steps, e))) {
            markov_free(m);
            return -1;
        }
    }
    return 0;
}

void markov_predict(const struct markov *m, enum model_output k,
                    const uint8_t *melody, const uint8_t *chord, size_t t,
                    double *p) {
    int K = k == OUT_MELODY ? m->vocabulary->melody_count
                            : m->vocabulary->chord_count;
    uint64_t ctx[MARKOV_MAX_ORDER];
    int n = contexts(m, k, melody, chord, t, ctx);
    for (int c = 0; c < K; c++)
        p[c] = 1.0 / K;
    for (int i = 0; i < n; i++) {
        const struct markov_cell *all = find(m, ctx[i]);
        if (!all->key)
            break; /* nor has any longer context been seen */
        for (int c = 0; c < K; c++) {
            const struct markov_cell *one = find(m, successor(ctx[i], c));
            p[c] = (one->count + all->distinct * p[c]) /
                   ((double)all->count + all->distinct);
        }
    }
}

static void predict_markov(const void *self, enum model_output k,
                           const uint8_t *melody, const uint8_t *chord,
                           size_t t, double *p) {
    markov_predict(self, k, melody, chord, t, p);
}

void markov_evaluate(const struct markov *m, const struct dataset *d,
                     enum split split, struct tally *t) {
    struct predictor by = {predict_markov, m};
    evaluate_predictor(&by, d, split, t);
}
