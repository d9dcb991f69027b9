/* Beam search: see search.h. SPDX-License-Identifier: MIT */
#include "search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"
#include "nott/base/num.h"

/* What a step of evidence weighs beside the network, which has heard the melody
 * as well; found on validation tunes. */
#define EVIDENCE 0.2

/* A way for a lane to go on. */
struct branch {
    double weight;
    size_t lane;
    uint8_t chord;
};

struct search {
    struct lanes lanes;
    struct branch *best; /* owned: [lanes], the heaviest first */
    size_t found;
    /* Owned, [bars, chords]: nats a step that a bar gives a chord by chance;
     * NULL = none. */
    double *liking;
};

static double gumbel(struct rng *rng) {
    const double tiny = 1e-12; /* away from 0 and 1 */
    return -num_log(-num_log(tiny + (1 - 2 * tiny) * rng_uniform(rng)));
}

/* A bar that comes back whole likes what it liked before. */
static int draw_likings(struct search *x, struct sampled *s, double temperature,
                        struct err *e) {
    const struct tune_header *h = &s->tune->frame.header;
    const struct form *f = s->form;
    size_t K = (size_t)x->lanes.all.m->context.chord_count;
    int bars = form_bar_of(h, s->tune->steps) + 1;
    x->liking = calloc((size_t)bars * K, sizeof *x->liking);
    if (!x->liking)
        return err_set(e, ERR_MEM, "composing: out of memory");
    for (int b = 0; b < bars; b++) {
        double *like = x->liking + (size_t)b * K;
        int same = f && b < f->bars && f->bar[b].way == FORM_SAME;
        if (same)
            memcpy(like, like - f->bar[b].from * K, K * sizeof *like);
        for (size_t c = 0; c < K && !same; c++)
            like[c] = temperature * gumbel(&s->rng) / h->bar;
    }
    return 0;
}

/* Puts a branch among the best, if it is one of them. */
static void keep(struct search *x, struct branch b) {
    size_t k = x->found, room = x->lanes.n;
    if (k == room && x->best[--k].weight >= b.weight)
        return;
    x->found = k + 1;
    for (; k > 0 && x->best[k - 1].weight < b.weight; k--)
        x->best[k] = x->best[k - 1];
    x->best[k] = b;
}

/* How well the melody goes over a chord. */
static double evidence(const struct ensemble *all, size_t lane, size_t t,
                       int chord) {
    const struct tune *u = all->list[lane].tune;
    int m = u->melody[t], goes_on = m == all->m->context.hold;
    return evidence_score(&all->m->evidence, &all->m->context, &u->frame.header,
                          t, goes_on ? player_sounding(&all->player, lane) : m,
                          chord);
}

static double liking(const struct search *x, size_t t, int chord) {
    const struct ensemble *all = &x->lanes.all;
    const struct tune_header *h = &all->list[0].tune->frame.header;
    return x->liking ? x->liking[(size_t)form_bar_of(h, t) *
                                     (size_t)all->m->context.chord_count +
                                 (size_t)chord]
                     : 0;
}

/* All ways for a lane to go on at step t. */
static void branch_out(struct search *x, size_t lane, size_t t) {
    struct ensemble *all = &x->lanes.all;
    real score[PLAYER_CLASSES];
    uint8_t barred[PLAYER_CLASSES];
    ensemble_chords(all, lane, t, barred, score);
    for (int c = 0; c < all->m->context.chord_count; c++)
        if (!barred[c] && score[c] > (real)-INFINITY)
            keep(x, (struct branch){x->lanes.weight[lane] + (double)score[c] +
                                        EVIDENCE * evidence(all, lane, t, c) +
                                        liking(x, t, c),
                                    lane, (uint8_t)c});
}

/* Every branch goes to a lane, the first of a lane to that lane itself. */
static void move_on(struct search *x, size_t t) {
    struct lanes *y = &x->lanes;
    for (size_t k = 0; k < y->n; k++)
        y->source[k] = k < x->found ? x->best[k].lane : x->best[0].lane;
    lanes_regroup(y, t);
    for (size_t k = 0; k < y->n; k++)
        y->weight[k] = -INFINITY;
    for (size_t i = 0; i < x->found; i++) {
        size_t k = 0;
        while (y->source[k] != x->best[i].lane || y->weight[k] > -INFINITY)
            k++;
        y->weight[k] = x->best[i].weight;
        y->tune[k].chord[t] = x->best[i].chord;
    }
}

/* Where nothing is to be played, what is there is heard. */
static void search_step(struct search *x, const struct sampled *s, size_t t) {
    x->found = 0;
    ensemble_listen(&x->lanes.all, t);
    if (t < s->from || !s->tune->has_chords)
        return;
    for (size_t k = 0; k < x->lanes.n; k++)
        if (x->lanes.weight[k] > -INFINITY)
            branch_out(x, k, t);
    move_on(x, t);
}

int search_is_for(const struct checkpoint *m, const struct sampling *how) {
    return how->melody_given && m->context.on.ahead &&
           how->method == SAMPLING_DRAW && how->lanes > 1;
}

int search_chords(const struct checkpoint *m, struct sampled *s,
                  const struct sampling *how, struct err *e) {
    struct search x = {0};
    size_t n = (size_t)how->lanes, best = 0;
    x.best = calloc(n, sizeof *x.best);
    int rc = lanes_open(&x.lanes, n, m, s, how, e);
    if (rc == 0 && !x.best)
        rc = err_set(e, ERR_MEM, "composing: out of memory");
    if (rc == 0 && how->chord_temperature >= 0.01)
        rc = draw_likings(&x, s, how->chord_temperature, e);
    for (size_t k = 1; rc == 0 && k < n; k++)
        x.lanes.weight[k] = -INFINITY; /* they are all the same still */
    for (size_t t = 1; rc == 0 && t < s->tune->steps; t++)
        search_step(&x, s, t);
    for (size_t k = 1; rc == 0 && k < n; k++)
        best = x.lanes.weight[k] > x.lanes.weight[best] ? k : best;
    if (rc == 0) {
        lanes_finish(&x.lanes, s, best);
        s->nats = 0 - x.lanes.weight[best];
    }
    lanes_close(&x.lanes);
    free(x.best);
    free(x.liking);
    return rc;
}
