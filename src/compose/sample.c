/* Composing: see sample.h. SPDX-License-Identifier: MIT */
#include "nott/compose/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nott/nn/heads.h"
#include "rules.h"

#define CLASSES SOFTMAX_CLASSES
#define HARDLY  ((real)-60) /* a log probability as good as none */

struct sampling sampling_by(const struct settings *s) {
    int argmax = s->sample.method == METHOD_ARGMAX, limit = argmax ? 16 : 0;
    int melody = s->sample.melody_repeat_max;
    int chord = s->sample.chord_repeat_max;
    double heat = s->sample.temperature, chords = s->sample.chord_temperature;
    struct softmax_params params = {(real)(1 / heat), (real)s->sample.min_p,
                                    (real)(1 / s->sample.copy_temperature)};
    struct softmax_params chord_params = params;
    if (chords >= 0.01)
        chord_params.sharpness = (real)(1 / chords);
    return (struct sampling){
        .params = {[OUT_MELODY] = params, [OUT_CHORD] = chord_params},
        .argmax = argmax,
        .melody_repeat_max = melody ? melody : limit,
        .chord_repeat_max = chord ? chord : limit,
        .cadence = s->sample.cadence};
}

/* What the choice of a step of one tune works with. */
struct player {
    const struct checkpoint *m;
    const struct sampling *how;
    struct workspace *workspace; /* of all players */
    size_t slot;                 /* in it */
    struct sampled *mine;
    struct tune *tune;
    uint8_t key; /* 0 = unknown, else 1 + key */
    struct context_state state;
    const int16_t *copy[OUTPUTS]; /* borrowed: [copies] */
};

static size_t class_count(const struct player *p, enum model_output k) {
    return p->m->model.config.classes[k];
}

/* Log probabilities of the chord: the tune goes on where it must, and with a
 * melody given, the chord is one after that melody. */
static void chord_scores(struct player *p, size_t t, real *score) {
    const struct model *m = &p->m->model;
    int end = p->m->context.end;
    size_t K = class_count(p, OUT_CHORD);
    real melody[CLASSES];
    if (end >= 0 && !p->mine->may_end)
        score[end] = -INFINITY;
    if (p->how->melody_given && m->config.heads == HEADS_FACTORED)
        for (size_t k = 0; k < K; k++) {
            int16_t chord = (int)k == end ? -1 : (int16_t)k;
            struct heads_given given = {&chord, p->copy[OUT_MELODY], &p->key};
            heads_log_p(m, p->workspace, p->slot, 1, OUT_MELODY, &given, NULL,
                        melody);
            real note = melody[p->tune->melody[t]];
            /* a note that no chord allows still needs one */
            score[k] += note > HARDLY ? note : HARDLY;
        }
    softmax_log_normalize(score, K);
}

/* Where the parameters has left hardly anything but classes that may not come
 * now, it is asked again, of the other classes alone. */
static void ask_again(const struct player *p, enum model_output k, int chord,
                      const uint8_t *barred, real *score) {
    int16_t over = (int16_t)chord;
    struct heads_given given = {&over, p->copy[k], &p->key};
    size_t K = class_count(p, k), n = 0, class[CLASSES];
    real all[CLASSES], others[CLASSES], bent[CLASSES];
    for (size_t c = 0; c < K; c++) {
        if (barred[c])
            continue;
        if (score[c] > HARDLY)
            return;
        class[n++] = c;
    }
    if (!n)
        return;
    heads_log_p(&p->m->model, p->workspace, p->slot, 1, k, &given, NULL, all);
    for (size_t i = 0; i < n; i++)
        others[i] = all[class[i]];
    softmax_log_p(others, NULL, 1, n, 0, &p->how->params[k], bent);
    for (size_t c = 0; c < K; c++)
        score[c] = -INFINITY;
    for (size_t i = 0; i < n; i++)
        score[class[i]] = bent[i];
}

/* Draws a class by its score; one of minus infinity is never drawn. */
static int draw(const struct player *p, const real *score, size_t K) {
    double total = 0, at = rng_uniform(&p->mine->rng);
    real weight[CLASSES];
    softmax_exp(score, K, weight);
    for (size_t k = 0; k < K; k++) {
        weight[k] = score[k] == (real)-INFINITY ? 0 : weight[k];
        total += (double)weight[k];
    }
    at *= total;
    size_t k = 0;
    while (k + 1 < K && at >= (double)weight[k])
        at -= (double)weight[k++];
    while (k && weight[k] == 0) /* rounding must not choose the impossible */
        k--;
    return (int)k;
}

static int choose(struct player *p, enum model_output k, const uint8_t *barred,
                  const real *score) {
    size_t K = class_count(p, k), best = 0;
    real allowed[CLASSES];
    for (size_t i = 0; i < K; i++)
        allowed[i] = barred[i] ? (real)-INFINITY : score[i];
    for (size_t i = 1; i < K; i++)
        best = allowed[i] > allowed[best] ? i : best;
    int class = p->how->argmax ? (int)best : draw(p, allowed, K);
    p->mine->nats -= (double)score[class];
    return class;
}

/* The players and the arrays they share at a step. */
struct ensemble {
    const struct checkpoint *m;
    const struct sampling *how;
    struct player *players; /* owned, as below */
    size_t n;
    struct workspace workspace;
    uint16_t *rows;         /* [n, active] */
    int16_t *chord;         /* [n] */
    uint8_t *key;           /* [n] */
    int16_t *copy[OUTPUTS]; /* [n, copies] */
    real *score;            /* [n, classes] */
};

static int is_playing(const struct player *p, size_t t) {
    return t >= p->mine->from && t < p->tune->steps;
}

/* All states move on by step t - 1; a tune that is over repeats its end. */
static void listen(struct ensemble *all, size_t t) {
    const struct context *c = &all->m->context;
    size_t A = c->active;
    for (size_t i = 0; i < all->n; i++) {
        struct player *p = &all->players[i];
        const struct tune *u = p->tune;
        struct tune_view view = {.melody = u->melody,
                                 .chord = u->chord,
                                 .bar = u->frame.bar,
                                 .phase = u->frame.phase,
                                 .beats = u->frame.beats,
                                 .unit = u->frame.unit,
                                 .key = u->frame.key,
                                 .steps = p->mine->may_end ? 0 : u->steps};
        if (t - 1 >= u->steps)
            continue;
        context_rows(c, &p->state, &view, t - 1, all->rows + i * A);
        for (int k = 0; k < OUTPUTS; k++)
            context_copies(c, &p->state, &view,
                           k == OUT_MELODY ? u->melody : u->chord, t - 1,
                           all->copy[k] + i * c->copies);
    }
    model_step(&all->m->model, &all->workspace, all->rows);
}

static void play_chords(struct ensemble *all, size_t t) {
    uint8_t barred[CLASSES];
    size_t K = all->m->model.config.classes[OUT_CHORD];
    struct heads_given given = {NULL, all->copy[OUT_CHORD], all->key};
    heads_log_p(&all->m->model, &all->workspace, 0, all->n, OUT_CHORD, &given,
                &all->how->params[OUT_CHORD], all->score);
    for (size_t i = 0; i < all->n; i++) {
        struct player *p = &all->players[i];
        real *score = all->score + i * K;
        int end = all->m->context.end;
        if (!is_playing(p, t) || p->how->chord_given)
            continue;
        rules_bar(p->m, p->how, p->mine, OUT_CHORD, t, p->state.sounding,
                  barred);
        ask_again(p, OUT_CHORD, -1, barred, score);
        chord_scores(p, t, score);
        int chord = choose(p, OUT_CHORD, barred, score);
        if (chord == end)
            p->tune->steps = t;
        else
            p->tune->chord[t] = (uint8_t)chord;
    }
}

static void play_melodies(struct ensemble *all, size_t t) {
    uint8_t barred[CLASSES];
    size_t K = all->m->model.config.classes[OUT_MELODY];
    for (size_t i = 0; i < all->n; i++) {
        const struct tune *u = all->players[i].tune;
        all->chord[i] = t < u->steps ? u->chord[t] : 0;
    }
    struct heads_given given = {all->chord, all->copy[OUT_MELODY], all->key};
    heads_log_p(&all->m->model, &all->workspace, 0, all->n, OUT_MELODY, &given,
                &all->how->params[OUT_MELODY], all->score);
    for (size_t i = 0; i < all->n; i++) {
        struct player *p = &all->players[i];
        real *score = all->score + i * K;
        if (!is_playing(p, t) || p->how->melody_given)
            continue;
        rules_bar(p->m, p->how, p->mine, OUT_MELODY, t, p->state.sounding,
                  barred);
        ask_again(p, OUT_MELODY, all->chord[i], barred, score);
        p->tune->melody[t] = (uint8_t)choose(p, OUT_MELODY, barred, score);
    }
}

static void dismiss(struct ensemble *all) {
    workspace_free(&all->workspace);
    free(all->players);
    free(all->rows);
    free(all->chord);
    free(all->key);
    free(all->copy[0]);
    free(all->copy[1]);
    free(all->score);
}

static int assemble(struct ensemble *all, const struct checkpoint *m,
                    struct sampled *list, size_t n, const struct sampling *how,
                    struct err *e) {
    *all = (struct ensemble){.m = m, .how = how, .n = n};
    all->players = calloc(n, sizeof *all->players);
    all->rows = calloc(n * m->context.active, sizeof *all->rows);
    all->chord = calloc(n, sizeof *all->chord);
    all->key = calloc(n, sizeof *all->key);
    all->score = calloc(n * CLASSES, sizeof *all->score);
    for (int k = 0; k < OUTPUTS; k++)
        all->copy[k] = calloc(n * MODEL_MAX_COPIES, sizeof *all->copy[k]);
    if (!all->players || !all->rows || !all->chord || !all->key ||
        !all->score || !all->copy[0] || !all->copy[1])
        return err_set(e, ERR_MEM, "composing: out of memory");
    for (size_t i = 0; i < n; i++) {
        size_t at = i * m->context.copies;
        all->players[i] =
            (struct player){.m = m,
                            .how = how,
                            .workspace = &all->workspace,
                            .slot = i,
                            .mine = &list[i],
                            .tune = list[i].tune,
                            .key = (uint8_t)(1 + list[i].tune->frame.key),
                            .copy = {all->copy[0] + at, all->copy[1] + at}};
        list[i].nats = 0;
        all->key[i] = all->players[i].key;
    }
    return workspace_init(&all->workspace, &m->model, 1, n, 0, e);
}

/* Has any tune a step t? Those that may end grow shorter on the way. */
static int goes_on(const struct ensemble *all, size_t t) {
    for (size_t i = 0; i < all->n; i++)
        if (t < all->players[i].tune->steps)
            return 1;
    return 0;
}

int sample_tunes(const struct checkpoint *m, struct sampled *list, size_t n,
                 const struct sampling *how, struct err *e) {
    struct ensemble all;
    int rc = assemble(&all, m, list, n, how, e);
    for (size_t t = 1; rc == 0 && goes_on(&all, t); t++) {
        listen(&all, t);
        if (!how->chord_given)
            play_chords(&all, t);
        if (!how->melody_given)
            play_melodies(&all, t);
    }
    for (size_t i = 0; i < n; i++)
        if (list[i].tune->steps > list[i].from)
            list[i].nats /= (double)(list[i].tune->steps - list[i].from);
    dismiss(&all);
    return rc;
}

int sample_tune(const struct checkpoint *m, struct tune *t, size_t from,
                const struct sampling *how, struct rng *rng, double *nats,
                struct err *e) {
    struct sampled one = {.tune = t, .from = from, .rng = *rng};
    int rc = sample_tunes(m, &one, 1, how, e);
    *rng = one.rng;
    *nats = one.nats;
    return rc;
}
