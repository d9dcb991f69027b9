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

/* Of the votes; their weight was found on validation tunes. */
#define VOTE_TEMPERATURE 0.4 /* at which the voters are drawn */
#define VOTES_WEIGH      0.2 /* nats a step for each nat of votes */
#define UNSEEN           0.1 /* votes for a chord that nobody votes for */

/* A way for a lane to go on. */
struct branch {
    double weight, score; /* score: log p of the chord */
    size_t lane;
    uint8_t chord;
};

struct search {
    struct lanes lanes;
    struct branch *best; /* owned: [lanes], the heaviest first */
    size_t found;
    const double *liking; /* borrowed: see liking_init */
};

/* ---- likings ---- */

/* What chords are given beside what they deserve, in nats: [steps, chords],
 * zeroed. NULL with ERR_MEM; the caller frees. */
static double *liking_init(const struct checkpoint *m, const struct tune *t,
                           struct err *e) {
    double *y = calloc(t->steps * (size_t)m->context.chord_count, sizeof *y);
    if (!y)
        err_set(e, ERR_MEM, "composing: out of memory");
    return y;
}

static double gumbel(struct rng *rng) {
    const double tiny = 1e-12; /* away from 0 and 1 */
    return -num_log(-num_log(tiny + (1 - 2 * tiny) * rng_uniform(rng)));
}

/* The step of the bar before that comes back whole at step t, t = none. */
static size_t source(const struct sampled *s, size_t t) {
    const struct tune_header *h = &s->tune->frame.header;
    int b = form_bar_of(h, t);
    return s->form && b < s->form->bars && s->form->bar[b].way == FORM_SAME &&
                   t >= (size_t)h->phase
               ? t - (size_t)s->form->bar[b].from * (size_t)h->bar
               : t;
}

/* Every bar likes some chords by chance, in all of its steps alike; one that
 * comes back whole likes what it liked before. */
static void draw_liking(double *liking, size_t chords, const struct sampled *s,
                        double temperature, struct rng *rng) {
    const struct tune_header *h = &s->tune->frame.header;
    for (size_t t = 0; t < s->tune->steps; t++) {
        double *like = liking + t * chords;
        size_t from = source(s, t);
        if (from == t && t > 0 && form_bar_of(h, t - 1) == form_bar_of(h, t))
            from = t - 1;
        if (from != t)
            memcpy(like, liking + from * chords, chords * sizeof *like);
        for (size_t c = 0; c < chords && from == t; c++)
            like[c] = temperature * gumbel(rng) / h->bar;
    }
}

/* ---- a search ---- */

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

/* All ways for a lane to go on at step t. */
static void branch_out(struct search *x, size_t lane, size_t t) {
    struct ensemble *all = &x->lanes.all;
    real score[PLAYER_CLASSES];
    uint8_t barred[PLAYER_CLASSES];
    int chords = all->m->context.chord_count;
    const double *liking = x->liking + t * (size_t)chords;
    ensemble_chords(all, lane, t, barred, score);
    for (int c = 0; c < chords; c++)
        if (!barred[c] && score[c] > (real)-INFINITY)
            keep(x, (struct branch){x->lanes.weight[lane] + (double)score[c] +
                                        EVIDENCE * evidence(all, lane, t, c) +
                                        liking[c],
                                    (double)score[c], lane, (uint8_t)c});
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
        y->list[k].nats -= x->best[i].score;
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

static int search_once(const struct checkpoint *m, struct sampled *s,
                       const struct sampling *how, size_t n,
                       const double *liking, struct err *e) {
    struct search x = {.liking = liking};
    size_t best = 0;
    x.best = calloc(n, sizeof *x.best);
    int rc = lanes_open(&x.lanes, n, m, s, how, e);
    if (rc == 0 && !x.best)
        rc = err_set(e, ERR_MEM, "composing: out of memory");
    for (size_t k = 1; rc == 0 && k < n; k++)
        x.lanes.weight[k] = -INFINITY; /* they are all the same still */
    for (size_t t = 1; rc == 0 && t < s->tune->steps; t++)
        search_step(&x, s, t);
    for (size_t k = 1; rc == 0 && k < n; k++)
        best = x.lanes.weight[k] > x.lanes.weight[best] ? k : best;
    if (rc == 0)
        lanes_finish(&x.lanes, s, best);
    lanes_close(&x.lanes);
    free(x.best);
    return rc;
}

/* ---- votes ---- */

/* Adds the chords of one more harmonisation, which a fixed seed has drawn. */
static int vote(const struct checkpoint *m, const struct sampled *s,
                const struct sampling *how, int voter, double *liking,
                double *votes, struct err *e) {
    size_t chords = (size_t)m->context.chord_count;
    struct tune tune = {0};
    struct sampled one = *s;
    struct rng rng;
    one.tune = &tune;
    rng_seed(&rng, 1, (uint64_t)voter);
    draw_liking(liking, chords, s, VOTE_TEMPERATURE, &rng);
    int rc = tune_copy(&tune, s->tune, e) ||
             search_once(m, &one, how, (size_t)how->lanes / 2, liking, e);
    for (size_t t = 0; rc == 0 && t < tune.steps; t++)
        votes[t * chords + tune.chord[t]] += 1;
    tune_free(&tune);
    return rc ? -1 : 0;
}

/* Several harmonisations vote; the likings become what a vote is worth. */
static int poll(const struct checkpoint *m, const struct sampled *s,
                const struct sampling *how, double *liking, struct err *e) {
    size_t chords = (size_t)m->context.chord_count;
    double *votes = liking_init(m, s->tune, e);
    int rc = votes ? 0 : -1;
    for (int i = 0; rc == 0 && i < how->votes; i++)
        rc = vote(m, s, how, i, liking, votes, e);
    for (size_t i = 0; rc == 0 && i < s->tune->steps * chords; i++)
        liking[i] =
            VOTES_WEIGH * num_log((votes[i] + UNSEEN) / (how->votes + 1));
    free(votes);
    return rc;
}

int search_chords(const struct checkpoint *m, struct sampled *s,
                  const struct sampling *how, struct err *e) {
    double *liking = liking_init(m, s->tune, e);
    int is_drawn = how->chord_temperature >= SAMPLING_COLDEST,
        rc = liking ? 0 : -1;
    if (rc == 0 && is_drawn)
        draw_liking(liking, (size_t)m->context.chord_count, s,
                    how->chord_temperature, &s->rng);
    else if (rc == 0 && how->votes > 0)
        rc = poll(m, s, how, liking, e);
    if (rc == 0)
        rc = search_once(m, s, how, (size_t)how->lanes, liking, e);
    free(liking);
    return rc;
}
