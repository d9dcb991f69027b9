/* Shards side by side: see workers.h. SPDX-License-Identifier: MIT */
#include "nott/learn/workers.h"

#include <stdlib.h>

/* The first slot of a shard. */
static size_t first_slot(const struct workers *c, size_t shard) {
    return shard * c->slots / c->shards;
}

static size_t slot_count(const struct workers *c, size_t shard) {
    return first_slot(c, shard + 1) - first_slot(c, shard);
}

int workers_init(struct workers *c, const struct model *m, size_t slots,
                 size_t T, size_t shards, int threads, int train,
                 struct err *e) {
    *c = (struct workers){.shards = shards < slots ? shards : slots,
                          .slots = slots,
                          .T = T,
                          .threads = threads > 1 ? threads : 1};
    c->workspace = calloc(c->shards, sizeof *c->workspace);
    if (!c->workspace)
        return err_set(e, ERR_MEM, "network: out of memory");
    for (size_t i = 0; i < c->shards; i++)
        if (workspace_init(&c->workspace[i], m, T, slot_count(c, i), train,
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
        sum += workspace_bytes(m, c->T, slot_count(c, i), train);
    return sum;
}

void workers_clear(struct workers *c, const struct model *m) {
    for (size_t i = 0; i < c->shards; i++)
        workspace_clear_state(&c->workspace[i], m);
}

void workers_run(struct workers *c, const struct model *m,
                 const struct window *x, const struct training_pass *pass) {
#pragma omp parallel for schedule(static, 1) num_threads(c->threads)
    for (size_t i = 0; i < c->shards; i++) {
        model_forward(m, &c->workspace[i], x, first_slot(c, i), pass);
        if (pass)
            model_backward(m, &c->workspace[i], x, first_slot(c, i), pass);
        workspace_carry(&c->workspace[i], m, x->T);
    }
}

real *workers_gradient(struct workers *c, const struct model *m) {
    real *sum = c->workspace[0].gradient;
    for (size_t s = 1; s < c->shards; s++) {
        const real *g = c->workspace[s].gradient;
        for (size_t i = 0; i < m->size; i++)
            sum[i] += g[i];
    }
    return sum;
}

/* The end of a tune is learnt, but not scored. */
static int is_scored(const struct batch *b, int k, size_t i) {
    int target = b->target[k][i];
    return target >= 0 && (k == OUT_MELODY || target != b->context->end);
}

static void tally_shard(const struct workspace *w, const struct batch *b,
                        size_t first, struct tally *t) {
    for (size_t s = 0; s < b->T; s++)
        for (size_t j = 0; j < w->B; j++) {
            size_t at = s * w->B + j, i = s * b->slots + first + j;
            for (int k = 0; k < OUTPUTS; k++)
                if (is_scored(b, k, i))
                    tally_add(t, (enum model_output)k, b->target[k][i],
                              w->best[k][at], (double)w->nll[k][at],
                              tally_goes_on(b->data, (enum model_output)k,
                                            b->before[k][i]));
        }
}

void workers_tally(const struct workers *c, const struct batch *b,
                   struct tally *t) {
    for (size_t i = 0; i < c->shards; i++)
        tally_shard(&c->workspace[i], b, first_slot(c, i), t);
}
