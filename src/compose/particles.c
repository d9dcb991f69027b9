/* Sequential Monte Carlo: see particles.h. SPDX-License-Identifier: MIT */
#include "particles.h"

#include <stdlib.h>

#include "adherence.h"
#include "lanes.h"
#include "nott/base/num.h"

#define COPIED                                                                 \
    1000.0 /* nats lost with more of a training tune than allowed              \
            */

struct particles {
    const struct checkpoint *m;
    const struct sampling *how;
    struct lanes lanes;
    double *share; /* owned: [lanes] */
    struct rng rng;
};

/* ---- weights ---- */

int particles_copy(const struct checkpoint *m, const struct sampled *s,
                   const struct sampling *how, size_t from, size_t to) {
    return how->max_copy > 0 &&
           shingles_run(&m->shingles, &m->origin.vocabulary, s->tune->melody,
                        s->from, from,
                        to < s->tune->steps ? to : s->tune->steps) >
               (size_t)how->max_copy;
}

/* What a lane has gained in a bar. */
static double worth(struct particles *x, size_t lane, int bar) {
    const struct vocabulary *v = &x->m->origin.vocabulary;
    struct sampled *s = &x->lanes.list[lane];
    const struct tune_header *h = &s->tune->frame.header;
    size_t from = (size_t)(h->phase + bar * h->bar);
    double gained =
        s->kept - adherence_lost(v, s->tune, s->form, bar) -
        (particles_copy(x->m, s, x->how, from, from + (size_t)h->bar) ? COPIED
                                                                      : 0);
    float gestures[GESTURES];
    s->kept = 0;
    if (!x->m->critic.is_known || x->how->critic <= 0)
        return gained;
    gestures_of_bar(v, s->tune, s->form, bar, gestures);
    return gained + x->how->critic * critic_score(&x->m->critic, gestures);
}

static void weigh(struct particles *x, int bar) {
    for (size_t i = 0; i < x->lanes.n; i++)
        x->lanes.weight[i] += worth(x, i, bar);
}

/* Shares of the whole weight; returns how many lanes carry it (Doucet and
 * Johansen 2009, section 3.5). */
static double share_weights(struct particles *x) {
    double most = x->lanes.weight[0], sum = 0, squares = 0;
    for (size_t i = 1; i < x->lanes.n; i++)
        most = x->lanes.weight[i] > most ? x->lanes.weight[i] : most;
    for (size_t i = 0; i < x->lanes.n; i++)
        sum += x->share[i] = num_exp(x->lanes.weight[i] - most);
    for (size_t i = 0; i < x->lanes.n; i++) {
        x->share[i] /= sum;
        squares += x->share[i] * x->share[i];
    }
    return 1 / squares;
}

/* Each lane goes on `share` times n times, rounded up or down at random. */
static void draw_sources(struct particles *x) {
    double at = rng_uniform(&x->rng), sum = 0;
    size_t k = 0;
    for (size_t i = 0; i < x->lanes.n; i++) {
        sum += x->share[i] * (double)x->lanes.n;
        while (k < x->lanes.n && at + (double)k < sum)
            x->lanes.source[k++] = i;
    }
    while (k < x->lanes.n) /* rounding */
        x->lanes.source[k++] = x->lanes.n - 1;
}

static void resample(struct particles *x, size_t steps) {
    draw_sources(x);
    lanes_regroup(&x->lanes, steps);
    for (size_t k = 0; k < x->lanes.n; k++)
        x->lanes.weight[k] = 0;
}

/* One lane, by its weight. */
static size_t choose_lane(struct particles *x) {
    double at = rng_uniform(&x->rng);
    size_t k = 0;
    share_weights(x);
    while (k + 1 < x->lanes.n && at >= x->share[k])
        at -= x->share[k++];
    return k;
}

/* ---- playing ---- */

int particles_are_for(const struct sampled *s, const struct sampling *how) {
    return how->lanes > 1 && how->method == SAMPLING_DRAW && s->form &&
           !s->may_end;
}

/* The bar that ends with step t, -1 = none does. */
static int bar_ending(const struct tune *t, size_t step, int bars) {
    const struct tune_header *h = &t->frame.header;
    size_t phase = (size_t)h->phase, bar = (size_t)h->bar;
    int b = form_bar_of(h, step);
    int last = step + 1 == t->steps && b < bars;
    return step >= phase && b < bars && (last || (step + 1 - phase) % bar == 0)
               ? b
               : -1;
}

int particles_play(const struct checkpoint *m, struct sampled *s,
                   const struct sampling *how, struct err *e) {
    size_t n = (size_t)how->lanes;
    struct particles x = {.m = m, .how = how};
    x.share = calloc(n, sizeof *x.share);
    int rc = lanes_open(&x.lanes, n, m, s, how, e);
    if (rc == 0 && !x.share)
        rc = err_set(e, ERR_MEM, "composing: out of memory");
    rng_seed(&x.rng, rng_next(&s->rng), n);
    for (size_t t = 1; rc == 0 && t < s->tune->steps; t++) {
        ensemble_step(&x.lanes.all, t);
        int bar = t < s->from ? -1 : bar_ending(s->tune, t, s->form->bars);
        if (bar < 0)
            continue;
        weigh(&x, bar);
        if (t + 1 < s->tune->steps && share_weights(&x) < (double)n / 2)
            resample(&x, t + 1);
    }
    if (rc == 0)
        lanes_finish(&x.lanes, s, choose_lane(&x));
    lanes_close(&x.lanes);
    free(x.share);
    return rc;
}
