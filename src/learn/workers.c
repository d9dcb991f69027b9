/* Threads at work on a batch: see workers.h. SPDX-License-Identifier: MIT */
#include "nott/learn/workers.h"

#include <math.h>
#include <stdlib.h>

int workers_init(struct workers *c, const struct model *m, size_t slots,
                 size_t T, int threads, int train, struct err *e) {
    *c = (struct workers){.team = team_new(threads)};
    c->squares = calloc(optim_blocks(m->size), sizeof *c->squares);
    if (c->team && c->squares &&
        workspace_init(&c->workspace, m, T, slots, train, team_size(c->team),
                       e) == 0)
        return 0;
    workers_free(c);
    return err_set(e, ERR_MEM, "network: out of memory");
}

void workers_free(struct workers *c) {
    workspace_free(&c->workspace);
    team_free(c->team);
    free(c->squares);
    *c = (struct workers){0};
}

size_t workers_bytes(const struct workers *c, const struct model *m,
                     int train) {
    return workspace_bytes(m, c->workspace.T, c->workspace.B, train,
                           team_size(c->team));
}

void workers_clear(struct workers *c, const struct model *m) {
    workspace_clear_state(&c->workspace, m);
}

/* ---- work for the team ---- */

struct refreshing {
    struct model *m;
    int train;
};

static void refresh(void *arg, const struct team_member *who) {
    struct refreshing *r = arg;
    model_refresh(r->m, r->train, who);
}

void workers_refresh(struct workers *c, struct model *m, int train) {
    team_run(c->team, refresh, &(struct refreshing){m, train});
}

struct passing {
    struct workspace *w;
    const struct model *m;
    const struct window *x;
    const struct training_pass *pass;
};

static void run(void *arg, const struct team_member *who) {
    struct passing *p = arg;
    model_run(p->m, p->w, p->x, p->pass, who);
}

void workers_run(struct workers *c, const struct model *m,
                 const struct window *x, const struct training_pass *pass) {
    team_run(c->team, run, &(struct passing){&c->workspace, m, x, pass});
}

struct updating {
    const struct model *m;
    real *gradient;
    double *squares;
    struct optim *optim;
    struct optim_update how;
};

static void square(void *arg, const struct team_member *who) {
    struct updating *u = arg;
    struct team_part mine = team_mine(who, optim_blocks(u->m->size), 1);
    optim_squares(u->gradient, u->m->size, mine.from, mine.to, u->squares);
}

double workers_norm(struct workers *c, const struct model *m) {
    double sum = 0;
    team_run(c->team, square,
             &(struct updating){.m = m,
                                .gradient = c->workspace.gradient,
                                .squares = c->squares});
    for (size_t i = 0; i < optim_blocks(m->size); i++)
        sum += c->squares[i];
    return sqrt(sum);
}

static void update(void *arg, const struct team_member *who) {
    struct updating *u = arg;
    struct team_part mine = team_mine(who, optim_blocks(u->m->size), 1);
    optim_step(u->optim, &u->how, u->m->weights, u->gradient, mine.from,
               mine.to);
}

void workers_update(struct workers *c, struct model *m, struct optim *o,
                    double scale, double rate) {
    struct updating u = {.m = m,
                         .gradient = c->workspace.gradient,
                         .optim = o,
                         .how = optim_next(o, scale, rate)};
    team_run(c->team, update, &u);
}

/* ---- scores ---- */

/* The end of a tune is learnt, but not scored. */
static int is_scored(const struct batch *b, int k, size_t i) {
    int target = b->target[k][i];
    return target >= 0 && (k == OUT_MELODY || target != b->context->end);
}

void workers_tally(const struct workers *c, const struct batch *b,
                   struct tally *t) {
    const struct workspace *w = &c->workspace;
    for (size_t i = 0; i < b->T * b->slots; i++)
        for (int k = 0; k < OUTPUTS; k++)
            if (is_scored(b, k, i))
                tally_add(t, (enum model_output)k, b->target[k][i],
                          w->best[k][i], (double)w->nll[k][i],
                          tally_goes_on(b->data, (enum model_output)k,
                                        b->before[k][i]));
}
