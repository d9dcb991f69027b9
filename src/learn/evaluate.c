/* Scoring: see evaluate.h. SPDX-License-Identifier: MIT */
#include "nott/learn/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void score_add(struct score *s, int hit, double nats) {
    s->steps += 1;
    s->nats += nats;
    s->p_target += exp(-nats);
    s->correct += hit;
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

size_t workers_first(const struct workers *c, size_t shard) {
    return shard * c->slots / c->shards;
}

static size_t workers_share(const struct workers *c, size_t shard) {
    return workers_first(c, shard + 1) - workers_first(c, shard);
}

int workers_init(struct workers *c, const struct model *m, size_t slots,
                 size_t T, size_t shards, int threads, int train,
                 struct err *e) {
    *c = (struct workers){.shards = shards < slots ? shards : slots,
                          .slots = slots,
                          .T = T,
                          .threads = threads > 0 ? threads : 1};
    mat_single_thread();
    c->workspace = calloc(c->shards, sizeof *c->workspace);
    if (!c->workspace)
        return err_set(e, ERR_MEM, "network: out of memory");
    for (size_t i = 0; i < c->shards; i++)
        if (workspace_init(&c->workspace[i], m, T, workers_share(c, i), train,
                           e)) {
            workers_free(c);
            return -1;
        }
    return 0;
}

void workers_free(struct workers *c) {
    for (size_t i = 0; c->workspace && i < c->shards; i++)
        workspace_free(&c->workspace[i]);
    free(c->workspace);
    *c = (struct workers){0};
}

size_t workers_bytes(const struct workers *c, const struct model *m,
                     int train) {
    size_t sum = 0;
    for (size_t i = 0; i < c->shards; i++)
        sum += workspace_bytes(m, c->T, workers_share(c, i), train);
    return sum;
}

void workers_clear(struct workers *c, const struct model *m) {
    for (size_t i = 0; i < c->shards; i++)
        model_clear_state(m, &c->workspace[i]);
}

static void tally_shard(const struct workspace *w, const struct batch *b,
                        size_t first, struct tally *t) {
    const struct vocabulary *v = &b->data->vocabulary;
    for (size_t s = 0; s < b->T; s++)
        for (size_t j = 0; j < w->B; j++) {
            size_t at = s * w->B + j, i = s * b->slots + first + j;
            for (int k = 0; k < OUTPUTS; k++)
                if (b->target[k][i] >= 0 &&
                    (k == OUT_MELODY || b->target[k][i] != b->context->end))
                    tally_add(t, (enum model_output)k, b->target[k][i],
                              w->best[k][at], (double)w->nll[k][at],
                              voice_goes_on(v, (enum model_output)k,
                                            b->before[k][i]));
        }
}

void workers_tally(const struct workers *c, const struct batch *b,
                   struct tally *t) {
    for (size_t i = 0; i < c->shards; i++)
        tally_shard(&c->workspace[i], b, workers_first(c, i), t);
}

int evaluate(const struct model *m, struct workers *c, struct batch *b,
             int lengths_known, int (*stop)(void *user), void *user,
             struct tally *t, struct err *e) {
    memset(t, 0, sizeof *t);
    workers_clear(c, m);
    batch_begin(b, lengths_known);
    while (batch_next(b)) {
#pragma omp parallel for schedule(static, 1) num_threads(c->threads)
        for (size_t i = 0; i < c->shards; i++) {
            model_forward(m, &c->workspace[i], &b->window, workers_first(c, i),
                          NULL);
            model_carry(m, &c->workspace[i], b->T);
        }
        workers_tally(c, b, t);
        if (stop && stop(user))
            return err_set(e, ERR_STOP, "stopped");
    }
    return isfinite(tally_nats(t))
               ? 0
               : err_set(e, ERR_NUM, "%s: the loss is not finite",
                         split_names[b->data->split[b->order[0]]]);
}
