/* Teaching a critic: see audition.h. SPDX-License-Identifier: MIT */
#include "nott/compose/audition.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/team.h"
#include "nott/compose/plan.h"

#define PENALTY 3 /* of the critic's weights */

/* Bars as the critic gets them. */
struct heard {
    float *gestures;  /* owned: [room, GESTURES] */
    uint8_t *is_real; /* owned: [room] */
    size_t n, room;
};

static void heard_free(struct heard *h) {
    free(h->gestures);
    free(h->is_real);
}

static int make_room(struct heard *h, size_t more, struct err *e) {
    if (h->n + more <= h->room)
        return 0;
    size_t room = 2 * (h->n + more);
    float *gestures = realloc(h->gestures, room * GESTURES * sizeof *gestures);
    h->gestures = gestures ? gestures : h->gestures;
    uint8_t *is_real = realloc(h->is_real, room);
    h->is_real = is_real ? is_real : h->is_real;
    if (!gestures || !is_real)
        return err_set(e, ERR_MEM, "critic: out of memory");
    h->room = room;
    return 0;
}

static int hear(struct heard *h, const struct vocabulary *v,
                const struct tune *t, const struct form *f, int is_real,
                struct err *e) {
    if (make_room(h, (size_t)f->bars, e))
        return -1;
    for (int b = 0; b < f->bars; b++) {
        gestures_of_bar(v, t, f, b, h->gestures + h->n * GESTURES);
        h->is_real[h->n++] = (uint8_t)is_real;
    }
    return 0;
}

static int hear_dataset(struct heard *h, const struct dataset *d,
                        struct err *e) {
    for (size_t s = 0; s < d->tunes; s++) {
        struct tune t;
        struct form f;
        if (d->split[s] != SPLIT_TRAIN || !d->has_chords[s])
            continue;
        if (dataset_tune(d, s, &t, e))
            return -1;
        form_of(&f, &d->vocabulary, &t.frame.header, t.melody, t.chord,
                t.steps);
        int rc = hear(h, &d->vocabulary, &t, &f, 1, e);
        tune_free(&t);
        if (rc)
            return -1;
    }
    return 0;
}

/* ---- what the model plays ---- */

struct concert {
    const struct checkpoint *m;
    const struct audition *a;
    int round;
    struct tune *tune; /* owned, as below: [n] */
    struct form *form;
    struct sampled *list;
    size_t n;
    atomic_size_t played;
    atomic_int is_over; /* one has failed */
    struct err why;     /* the first of these */
};

static void concert_free(struct concert *c) {
    for (size_t i = 0; c->tune && i < c->n; i++)
        tune_free(&c->tune[i]);
    free(c->tune);
    free(c->form);
    free(c->list);
}

static int plan_concert(struct concert *c, struct err *e) {
    struct plan any = {.key = TUNE_KEY_UNKNOWN};
    c->n = c->a->tunes;
    c->tune = calloc(c->n, sizeof *c->tune);
    c->form = calloc(c->n, sizeof *c->form);
    c->list = calloc(c->n, sizeof *c->list);
    if (!c->tune || !c->form || !c->list)
        return err_set(e, ERR_MEM, "critic: out of memory");
    for (size_t i = 0; i < c->n; i++) {
        struct sampled *s = &c->list[i];
        s->tune = &c->tune[i];
        s->form = &c->form[i];
        rng_seed(&s->rng, rng_mix(c->a->seed, (uint64_t)c->round), i);
        if (plan_tune(s->tune, c->m, &any, &s->rng, &s->from, &c->form[i], e))
            return -1;
    }
    return 0;
}

/* Every tune has numbers of its own to draw from, so it does not matter who
 * plays it. The first thread speaks with the caller. */
static void play_some(void *arg, const struct team_member *who) {
    struct concert *c = arg;
    const struct audition *a = c->a;
    for (size_t i = who->i; i < c->n && !c->is_over; i += who->n) {
        struct err e = {0};
        int rc = sample_tunes(c->m, c->list + i, 1, a->how, &e);
        size_t played = ++c->played;
        if (who->i == 0 && a->played)
            a->played(a->user, c->round, played);
        if (rc && !atomic_exchange(&c->is_over, 1))
            c->why = e;
    }
}

static int play(struct concert *c, struct err *e) {
    struct team *team = team_new(c->a->threads);
    int rc = team ? plan_concert(c, e)
                  : err_set(e, ERR_MEM, "critic: out of memory");
    if (rc == 0)
        team_run(team, play_some, c);
    team_free(team);
    return c->is_over ? err_set(e, c->why.code, "%s", c->why.text) : rc;
}

static double nats_told(const struct critic *c, const struct heard *h) {
    double sum[2] = {0}, count[2] = {0};
    for (size_t i = 0; i < h->n; i++) {
        sum[h->is_real[i]] += critic_score(c, h->gestures + i * GESTURES);
        count[h->is_real[i]] += 1;
    }
    return sum[1] / count[1] - sum[0] / count[0];
}

static int hold_round(struct checkpoint *m, const struct audition *a,
                      struct heard *h, int round, struct err *e) {
    struct concert c = {.m = m, .a = a, .round = round};
    size_t before = h->n;
    struct critic more = {0};
    int rc = play(&c, e);
    for (size_t i = 0; rc == 0 && i < c.n; i++)
        rc = hear(h, &m->origin.vocabulary, c.list[i].tune, c.list[i].form, 0,
                  e);
    if (rc == 0)
        rc = critic_learn(&more, h->gestures, h->is_real, h->n, PENALTY, e);
    for (size_t k = 0; rc == 0 && k < GESTURES; k++)
        m->critic.weight[k] += more.weight[k];
    m->critic.is_known |= rc == 0;
    if (rc == 0 && a->heard)
        a->heard(a->user, round, h->n - before, nats_told(&more, h));
    concert_free(&c);
    h->n = before;
    return rc;
}

int audition_hold(struct checkpoint *m, const struct dataset *d,
                  const struct audition *a, struct err *e) {
    struct heard h = {0};
    memset(&m->critic, 0, sizeof m->critic);
    int rc = hear_dataset(&h, d, e);
    for (int round = 0; rc == 0 && round < a->rounds; round++)
        rc = hold_round(m, a, &h, round, e);
    heard_free(&h);
    return rc;
}
