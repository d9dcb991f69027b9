/* Scoring: see evaluate.h. SPDX-License-Identifier: MIT */
#include "nott/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void score_add(struct score *s, int hit, double nats) {
    s->steps += 1;
    s->nats += nats;
    s->p_target += exp(-nats);
    s->hits += hit;
}

void tally_add(struct tally *t, enum model_output k, int target, int best,
               double nats, int same) {
    score_add(&t->all[k], best == target, nats);
    if (target != same)
        score_add(&t->change[k], best == target, nats);
}

int voice_goes_on(const struct vocabulary *v, enum model_output k, int before) {
    return k == OUT_MELODY ? vocabulary_melody_goes_on(v, before) : before;
}

double tally_nats(const struct tally *t) {
    double sum = 0;
    for (int k = 0; k < OUTPUTS; k++)
        if (t->all[k].steps > 0)
            sum += t->all[k].nats / t->all[k].steps;
    return sum;
}

size_t crew_first(const struct crew *c, size_t shard) {
    return shard * c->lanes / c->shards;
}

static size_t crew_share(const struct crew *c, size_t shard) {
    return crew_first(c, shard + 1) - crew_first(c, shard);
}

int crew_init(struct crew *c, const struct model *m, size_t lanes, size_t T,
              size_t shards, int threads, int train, struct err *e) {
    *c = (struct crew){.shards = shards < lanes ? shards : lanes,
                       .lanes = lanes,
                       .T = T,
                       .threads = threads};
    mat_single_thread();
    c->work = calloc(c->shards, sizeof *c->work);
    if (!c->work)
        return err_set(e, ERR_MEM, "network: out of memory");
    for (size_t i = 0; i < c->shards; i++)
        if (work_init(&c->work[i], m, T, crew_share(c, i), train, e)) {
            crew_free(c);
            return -1;
        }
    return 0;
}

void crew_free(struct crew *c) {
    for (size_t i = 0; c->work && i < c->shards; i++)
        work_free(&c->work[i]);
    free(c->work);
    *c = (struct crew){0};
}

size_t crew_bytes(const struct crew *c, const struct model *m, int train) {
    size_t sum = 0;
    for (size_t i = 0; i < c->shards; i++)
        sum += work_bytes(m, c->T, crew_share(c, i), train);
    return sum;
}

void crew_clear(struct crew *c, const struct model *m) {
    for (size_t i = 0; i < c->shards; i++)
        model_clear_state(m, &c->work[i]);
}

static void tally_shard(const struct work *w, const struct batch *b,
                        size_t first, struct tally *t) {
    const struct vocabulary *v = &b->data->vocabulary;
    for (size_t s = 0; s < b->T; s++)
        for (size_t j = 0; j < w->B; j++) {
            size_t at = s * w->B + j, i = s * b->lanes + first + j;
            for (int k = 0; k < OUTPUTS; k++)
                if (b->target[k][i] >= 0 &&
                    (k == OUT_MELODY || b->target[k][i] != b->context->end))
                    tally_add(t, (enum model_output)k, b->target[k][i],
                              w->best[k][at], (double)w->nll[k][at],
                              voice_goes_on(v, (enum model_output)k,
                                            b->before[k][i]));
        }
}

void crew_tally(const struct crew *c, const struct batch *b, struct tally *t) {
    for (size_t i = 0; i < c->shards; i++)
        tally_shard(&c->work[i], b, crew_first(c, i), t);
}

int evaluate(const struct model *m, struct crew *c, struct batch *b,
             int lengths_known, int (*stop)(void *user), void *user,
             struct tally *t, struct err *e) {
    memset(t, 0, sizeof *t);
    crew_clear(c, m);
    batch_begin(b, lengths_known);
    while (batch_next(b)) {
#pragma omp parallel for schedule(static, 1) num_threads(c->threads)
        for (size_t i = 0; i < c->shards; i++) {
            model_forward(m, &c->work[i], &b->window, crew_first(c, i), NULL);
            model_carry(m, &c->work[i], b->T);
        }
        crew_tally(c, b, t);
        if (stop && stop(user))
            return err_set(e, ERR_STOP, "stopped");
    }
    return isfinite(tally_nats(t))
               ? 0
               : err_set(e, ERR_NUM, "%s: the loss is not finite",
                         split_names[b->data->split[b->order[0]]]);
}
