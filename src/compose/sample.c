/* Composing: see sample.h. SPDX-License-Identifier: MIT */
#include "nott/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLASSES 256

/* What the choice of a step works with. */
struct player {
    const struct trained *m;
    const struct sampling *how;
    struct work work;
    struct rng *rng;
    struct tune *tune;
    double nats;
};

static size_t class_count(const struct player *p, enum model_output k) {
    return p->m->model.config.classes[k];
}

/* Logits to log probabilities. */
static void normalize(real *x, size_t K) {
    real largest = x[0];
    double sum = 0;
    for (size_t k = 1; k < K; k++)
        largest = x[k] > largest ? x[k] : largest;
    for (size_t k = 0; k < K; k++)
        sum += exp((double)(x[k] - largest));
    real shift = largest + (real)log(sum);
    for (size_t k = 0; k < K; k++)
        x[k] -= shift;
}

/* Log probabilities of the chord; with a melody given, after that melody. */
static void chord_scores(struct player *p, size_t t, real *score) {
    const struct model *m = &p->m->model;
    size_t K = class_count(p, OUT_CHORD);
    real melody[CLASSES];
    model_logits(m, &p->work, 0, OUT_CHORD, -1, score);
    normalize(score, K);
    if (!p->how->melody_given || m->config.heads != HEADS_FACTORED)
        return;
    for (size_t k = 0; k < K; k++) {
        model_logits(m, &p->work, 0, OUT_MELODY, (int)k, melody);
        normalize(melody, class_count(p, OUT_MELODY));
        score[k] += melody[p->tune->melody[t]];
    }
    normalize(score, K);
}

/* How many steps up to and with t - 1 the voice has just gone on. */
static size_t run_length(const struct player *p, enum model_output k,
                         size_t t) {
    const uint8_t *v = k == OUT_MELODY ? p->tune->melody : p->tune->chord;
    const struct vocabulary *words = &p->m->vocabulary;
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

/* The class that would overstep the voice's limit at step t, or -1. */
static int forbidden(const struct player *p, enum model_output k, size_t t) {
    int limit =
        k == OUT_MELODY ? p->how->melody_repeat_max : p->how->chord_repeat_max;
    if (!limit || run_length(p, k, t) < (size_t)limit)
        return -1;
    return k == OUT_MELODY ? vocabulary_melody_goes_on(&p->m->vocabulary,
                                                       p->tune->melody[t - 1])
                           : p->tune->chord[t - 1];
}

static int draw(const struct player *p, const real *score, size_t K) {
    double total = 0, at = rng_uniform(p->rng);
    double weight[CLASSES];
    real largest = -INFINITY;
    for (size_t k = 0; k < K; k++)
        largest = score[k] > largest ? score[k] : largest;
    for (size_t k = 0; k < K; k++) {
        weight[k] = exp((double)(score[k] - largest) / p->how->temperature);
        total += weight[k];
    }
    at *= total;
    size_t k = 0;
    while (k + 1 < K && at >= weight[k])
        at -= weight[k++];
    while (k && weight[k] == 0) /* rounding must not choose the impossible */
        k--;
    return (int)k;
}

static int choose(struct player *p, enum model_output k, size_t t,
                  real *score) {
    size_t K = class_count(p, k), best = 0;
    real allowed[CLASSES];
    memcpy(allowed, score, K * sizeof *allowed);
    int not_this = forbidden(p, k, t);
    if (not_this >= 0)
        allowed[not_this] = -INFINITY;
    for (size_t i = 1; i < K; i++)
        best = allowed[i] > allowed[best] ? i : best;
    int class = p->how->argmax ? (int)best : draw(p, allowed, K);
    p->nats -= (double)score[class];
    return class;
}

/* Writes step t from the state after step t - 1. */
static void play_step(struct player *p, size_t t) {
    struct tune *tune = p->tune;
    real score[CLASSES];
    if (!p->how->chord_given) {
        chord_scores(p, t, score);
        tune->chord[t] = (uint8_t)choose(p, OUT_CHORD, t, score);
    }
    if (!p->how->melody_given) {
        model_logits(&p->m->model, &p->work, 0, OUT_MELODY, tune->chord[t],
                     score);
        normalize(score, class_count(p, OUT_MELODY));
        tune->melody[t] = (uint8_t)choose(p, OUT_MELODY, t, score);
    }
}

int sample_tune(const struct trained *m, struct tune *t, size_t from,
                const struct sampling *how, struct rng *rng, double *nats,
                struct err *e) {
    struct player p = {.m = m, .how = how, .rng = rng, .tune = t};
    mat_single_thread();
    if (work_init(&p.work, &m->model, 1, 1, 0, e))
        return -1;
    struct tune_view view = {t->melody,      t->chord,       t->frame.bar,
                             t->frame.phase, t->frame.beats, t->frame.unit};
    for (size_t i = 1; i < t->steps; i++) {
        uint16_t rows[MODEL_MAX_ACTIVE];
        context_rows(&m->context, &view, i - 1, rows);
        model_step(&m->model, &p.work, rows);
        if (i >= from)
            play_step(&p, i);
    }
    *nats = t->steps > from ? p.nats / (double)(t->steps - from) : 0;
    work_free(&p.work);
    return 0;
}
