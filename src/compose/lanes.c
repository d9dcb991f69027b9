/* Several lanes for one tune: see lanes.h. SPDX-License-Identifier: MIT */
#include "lanes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ensemble.h"
#include "nott/base/num.h"

struct lanes {
    const struct checkpoint *m;
    const struct sampling *how;
    struct ensemble all;
    size_t n;
    struct tune *tune;     /* owned, as below: [n] */
    struct sampled *list;  /* [n] */
    double *weight;        /* [n]: log, since they were last drawn */
    double *share;         /* [n] */
    size_t *source;        /* [n] */
    struct rng rng;
};

static void lanes_free(struct lanes *x) {
    for (size_t i = 0; x->tune && i < x->n; i++)
        tune_free(&x->tune[i]);
    free(x->tune);
    free(x->list);
    free(x->weight);
    free(x->share);
    free(x->source);
    ensemble_close(&x->all);
}

static void copy_steps(struct tune *to, const struct tune *from, size_t steps) {
    memcpy(to->melody, from->melody, steps);
    memcpy(to->chord, from->chord, steps);
}

static int lanes_init(struct lanes *x, const struct checkpoint *m,
                      struct sampled *s, const struct sampling *how,
                      struct err *e) {
    *x = (struct lanes){.m = m, .how = how, .n = (size_t)how->lanes};
    x->tune = calloc(x->n, sizeof *x->tune);
    x->list = calloc(x->n, sizeof *x->list);
    x->weight = calloc(x->n, sizeof *x->weight);
    x->share = calloc(x->n, sizeof *x->share);
    x->source = calloc(x->n, sizeof *x->source);
    if (!x->tune || !x->list || !x->weight || !x->share || !x->source)
        return err_set(e, ERR_MEM, "composing: out of memory");
    for (size_t i = 0; i < x->n; i++) {
        if (tune_init(&x->tune[i], s->tune->steps, e))
            return -1;
        copy_steps(&x->tune[i], s->tune, s->tune->steps);
        x->tune[i].frame = s->tune->frame;
        x->tune[i].has_chords = s->tune->has_chords;
        x->list[i] = *s;
        x->list[i].tune = &x->tune[i];
        rng_seed(&x->list[i].rng, rng_next(&s->rng), i);
    }
    rng_seed(&x->rng, rng_next(&s->rng), x->n);
    return ensemble_open(&x->all, m, x->list, x->n, how, e);
}

/* ---- weights ---- */

static void weigh(struct lanes *x, int bar) {
    float gestures[GESTURES];
    for (size_t i = 0; i < x->n; i++) {
        gestures_of_bar(&x->m->origin.vocabulary, &x->tune[i], x->list[i].form,
                      bar, gestures);
        x->weight[i] +=
            x->how->critic * critic_score(&x->m->critic, gestures);
    }
}

/* Shares of the whole weight; returns how many lanes carry it (Doucet and
 * Johansen 2009, section 3.5). */
static double share_weights(struct lanes *x) {
    double most = x->weight[0], sum = 0, squares = 0;
    for (size_t i = 1; i < x->n; i++)
        most = x->weight[i] > most ? x->weight[i] : most;
    for (size_t i = 0; i < x->n; i++)
        sum += x->share[i] = num_exp(x->weight[i] - most);
    for (size_t i = 0; i < x->n; i++) {
        x->share[i] /= sum;
        squares += x->share[i] * x->share[i];
    }
    return 1 / squares;
}

/* Each lane goes on `share` times n times, rounded up or down at random. */
static void draw_sources(struct lanes *x) {
    double at = rng_uniform(&x->rng), sum = 0;
    size_t k = 0;
    for (size_t i = 0; i < x->n; i++) {
        sum += x->share[i] * (double)x->n;
        while (k < x->n && at + (double)k < sum)
            x->source[k++] = i;
    }
    while (k < x->n) /* rounding */
        x->source[k++] = x->n - 1;
}

/* Lanes that go on stay where they are, the others make room for the second
 * ones of those. */
static void settle(struct lanes *x) {
    for (size_t k = 0; k < x->n; k++)
        x->share[k] = 0;
    for (size_t k = 0; k < x->n; k++)
        x->share[x->source[k]] += 1;
    size_t to = 0;
    for (size_t from = 0; from < x->n; from++)
        for (; x->share[from] > 1; x->share[from]--) {
            while (x->share[to] > 0)
                to++;
            x->source[to] = from;
            x->share[to] = -1;
        }
    for (size_t k = 0; k < x->n; k++)
        x->source[k] = x->share[k] < 0 ? x->source[k] : k;
}

static void resample(struct lanes *x, size_t steps) {
    draw_sources(x);
    settle(x);
    for (size_t k = 0; k < x->n; k++) {
        size_t from = x->source[k];
        x->weight[k] = 0;
        if (from == k)
            continue;
        copy_steps(&x->tune[k], &x->tune[from], steps);
        x->list[k].nats = x->list[from].nats;
        player_copy(&x->all.player, k, from);
    }
}

/* One lane, by its weight. */
static size_t choose_lane(struct lanes *x) {
    double at = rng_uniform(&x->rng);
    size_t k = 0;
    share_weights(x);
    while (k + 1 < x->n && at >= x->share[k])
        at -= x->share[k++];
    return k;
}

/* ---- playing ---- */

int lanes_are_for(const struct checkpoint *m, const struct sampled *list,
                  size_t n, const struct sampling *how) {
    int forms = how->lanes > 1 && how->critic > 0 && m->critic.is_known &&
                how->method == SAMPLING_DRAW;
    for (size_t i = 0; i < n; i++)
        forms &= list[i].form != NULL && !list[i].may_end;
    return forms;
}

/* The bar that ends with step t, -1 = none does. */
static int bar_ending(const struct tune *t, size_t step, int bars) {
    const struct tune_header *h = &t->frame.header;
    size_t phase = (size_t)h->phase, bar = (size_t)h->bar;
    int b = form_bar_of(h, step);
    int last = step + 1 == t->steps && b < bars;
    return step >= phase && b < bars &&
                   (last || (step + 1 - phase) % bar == 0)
               ? b
               : -1;
}

int lanes_play(const struct checkpoint *m, struct sampled *s,
               const struct sampling *how, struct err *e) {
    struct lanes x;
    int rc = lanes_init(&x, m, s, how, e);
    for (size_t t = 1; rc == 0 && t < s->tune->steps; t++) {
        ensemble_step(&x.all, t);
        int bar = t < s->from ? -1 : bar_ending(s->tune, t, s->form->bars);
        if (bar < 0)
            continue;
        weigh(&x, bar);
        if (t + 1 < s->tune->steps && share_weights(&x) < (double)x.n / 2)
            resample(&x, t + 1);
    }
    if (rc == 0) {
        size_t k = choose_lane(&x);
        copy_steps(s->tune, &x.tune[k], s->tune->steps);
        s->nats = x.list[k].nats;
    }
    lanes_free(&x);
    return rc;
}
