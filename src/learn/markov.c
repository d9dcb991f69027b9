/* The n-gram baseline: see markov.h. SPDX-License-Identifier: MIT */
#include "nott/learn/markov.h"

#include <math.h>
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

/* Hashes of the contexts of length 0 .. order-1 that end before step t; longer
 * ones than the past are not filled. Returns how many there are. */
static int contexts(const struct markov *m, enum model_output k,
                    const uint8_t *melody, const uint8_t *chord, size_t t,
                    uint64_t *out) {
    uint64_t given = k == OUT_MELODY ? 256u + chord[t] : 1u;
    uint64_t h = rng_mix(k == OUT_MELODY, given);
    int n = 0;
    out[n++] = nonzero(h);
    while (n < m->order && (size_t)n <= t) {
        size_t at = t - (size_t)n;
        h = rng_mix(h, (uint64_t)melody[at] << 8 | chord[at]);
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

int markov_train(struct markov *m, const struct dataset *d, int order,
                 struct err *e) {
    *m = (struct markov){.order = order, .vocabulary = &d->vocabulary};
    if (grow(m, e)) /* there is a table even if there is no training tune */
        return -1;
    for (size_t s = 0; s < d->tunes; s++) {
        if (d->split[s] != SPLIT_TRAIN)
            continue;
        size_t from = (size_t)d->offset[s];
        size_t steps = (size_t)d->offset[s + 1] - from;
        for (size_t t = 1; t < steps; t++) {
            while (m->cap < 2 * (m->count + 4 * MARKOV_MAX_ORDER))
                if (grow(m, e)) {
                    markov_free(m);
                    return -1;
                }
            for (int k = 0; k < OUTPUTS; k++)
                count_step(m, (enum model_output)k, d->melody + from,
                           d->chord + from, t);
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

static int class_count(const struct vocabulary *v, enum model_output k) {
    return k == OUT_MELODY ? v->melody_count : v->chord_count;
}

static int likeliest(const double *p, int K) {
    int best = 0;
    for (int c = 1; c < K; c++)
        if (p[c] > p[best])
            best = c;
    return best;
}

/* A way to predict step t of one voice: fills p[classes]. */
struct predictor {
    void (*predict)(const void *self, enum model_output k,
                    const uint8_t *melody, const uint8_t *chord, size_t t,
                    double *p);
    const void *self;
};

static void score_tune(const struct predictor *by, const struct dataset *d,
                       size_t s, struct tally *out) {
    const uint8_t *melody = d->melody + d->offset[s];
    const uint8_t *chord = d->chord + d->offset[s];
    size_t steps = (size_t)(d->offset[s + 1] - d->offset[s]);
    for (size_t t = 1; t < steps; t++)
        for (int i = 0; i < OUTPUTS; i++) {
            enum model_output k = (enum model_output)i;
            const uint8_t *voice = k == OUT_MELODY ? melody : chord;
            double p[256];
            by->predict(by->self, k, melody, chord, t, p);
            tally_add(out, k, voice[t],
                      likeliest(p, class_count(&d->vocabulary, k)),
                      -log(p[voice[t]]),
                      voice_goes_on(&d->vocabulary, k, voice[t - 1]));
        }
}

static void score_split(const struct predictor *by, const struct dataset *d,
                        enum split split, struct tally *t) {
    memset(t, 0, sizeof *t);
    for (size_t s = 0; s < d->tunes; s++)
        if (d->split[s] == split)
            score_tune(by, d, s, t);
}

static void predict_markov(const void *self, enum model_output k,
                           const uint8_t *melody, const uint8_t *chord,
                           size_t t, double *p) {
    markov_predict(self, k, melody, chord, t, p);
}

void markov_evaluate(const struct markov *m, const struct dataset *d,
                     enum split split, struct tally *t) {
    struct predictor by = {predict_markov, m};
    score_split(&by, d, split, t);
}

static void predict_previous(const void *self, enum model_output k,
                             const uint8_t *melody, const uint8_t *chord,
                             size_t t, double *p) {
    const struct vocabulary *v = self;
    const uint8_t *voice = k == OUT_MELODY ? melody : chord;
    memset(p, 0, (size_t)class_count(v, k) * sizeof *p);
    p[voice_goes_on(v, k, voice[t - 1])] = 1;
}

void baseline_previous(const struct dataset *d, enum split split,
                       struct tally *t) {
    struct predictor by = {predict_previous, &d->vocabulary};
    score_split(&by, d, split, t);
}

struct shares {
    double p[OUTPUTS][256];
    int classes[OUTPUTS];
};

static void predict_shares(const void *self, enum model_output k,
                           const uint8_t *melody, const uint8_t *chord,
                           size_t t, double *p) {
    const struct shares *s = self;
    (void)melody;
    (void)chord;
    (void)t;
    memcpy(p, s->p[k], (size_t)s->classes[k] * sizeof *p);
}

void baseline_unigram(const struct dataset *d, enum split split,
                      struct tally *t) {
    struct shares all = {.classes = {[OUT_MELODY] = d->vocabulary.melody_count,
                                     [OUT_CHORD] = d->vocabulary.chord_count}};
    for (size_t s = 0; s < d->tunes; s++)
        for (int64_t i = d->offset[s];
             d->split[s] == SPLIT_TRAIN && i < d->offset[s + 1]; i++) {
            all.p[OUT_MELODY][d->melody[i]] += 1;
            all.p[OUT_CHORD][d->chord[i]] += 1;
        }
    for (int k = 0; k < OUTPUTS; k++) {
        double sum = 0;
        for (int c = 0; c < all.classes[k]; c++) {
            all.p[k][c] += all.p[k][c] == 0; /* nothing is impossible */
            sum += all.p[k][c];
        }
        for (int c = 0; c < all.classes[k]; c++)
            all.p[k][c] /= sum;
    }
    struct predictor by = {predict_shares, &all};
    score_split(&by, d, split, t);
}
