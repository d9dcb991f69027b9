/* Several ways for one tune: see lanes.h. SPDX-License-Identifier: MIT */
#include "lanes.h"

#include <stdlib.h>
#include <string.h>

void lanes_close(struct lanes *x) {
    for (size_t i = 0; x->tune && i < x->n; i++)
        tune_free(&x->tune[i]);
    free(x->tune);
    free(x->list);
    free(x->weight);
    free(x->source);
    free(x->children);
    ensemble_close(&x->all);
}

static void copy_steps(struct tune *to, const struct tune *from, size_t steps) {
    memcpy(to->melody, from->melody, steps);
    memcpy(to->chord, from->chord, steps);
}

int lanes_open(struct lanes *x, size_t n, const struct checkpoint *m,
               struct sampled *s, const struct sampling *how, struct err *e) {
    *x = (struct lanes){.n = n};
    x->tune = calloc(n, sizeof *x->tune);
    x->list = calloc(n, sizeof *x->list);
    x->weight = calloc(n, sizeof *x->weight);
    x->source = calloc(n, sizeof *x->source);
    x->children = calloc(n, sizeof *x->children);
    if (!x->tune || !x->list || !x->weight || !x->source || !x->children)
        return err_set(e, ERR_MEM, "composing: out of memory");
    for (size_t i = 0; i < n; i++) {
        if (tune_copy(&x->tune[i], s->tune, e))
            return -1;
        x->list[i] = *s;
        x->list[i].tune = &x->tune[i];
        rng_seed(&x->list[i].rng, rng_next(&s->rng), i);
    }
    return ensemble_open(&x->all, m, x->list, n, how, e);
}

/* Lanes that go on stay where they are; those that do not make room for the
 * second and further children of the others. */
static void settle(struct lanes *x) {
    memset(x->children, 0, x->n * sizeof *x->children);
    for (size_t k = 0; k < x->n; k++)
        x->children[x->source[k]]++;
    for (size_t k = 0; k < x->n; k++)
        x->source[k] = k;
    size_t to = 0;
    for (size_t from = 0; from < x->n; from++)
        for (; x->children[from] > 1; x->children[from]--) {
            while (x->children[to] != 0)
                to++;
            x->source[to] = from;
            x->children[to] = -1;
        }
}

void lanes_regroup(struct lanes *x, size_t steps) {
    settle(x);
    for (size_t k = 0; k < x->n; k++) {
        size_t from = x->source[k];
        if (from == k)
            continue;
        copy_steps(&x->tune[k], &x->tune[from], steps);
        x->list[k].nats = x->list[from].nats;
        player_copy(&x->all.player, k, from);
    }
}

void lanes_finish(struct lanes *x, struct sampled *s, size_t k) {
    copy_steps(s->tune, &x->tune[k], s->tune->steps);
    s->nats = x->list[k].nats;
}
