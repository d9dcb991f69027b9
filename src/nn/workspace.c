/* Activations: see workspace.h. SPDX-License-Identifier: MIT */
#include "nott/nn/workspace.h"

#include <stdlib.h>
#include <string.h>

#include "nott/nn/heads.h"

/* Rows whose products are done together. Sums over rows are cut here, so that
 * the number must be the same on every processor; with so few what a
 * product makes of them stays in the second-level cache. */
#define CHUNK_ROWS 64

/* Lays the arrays over w->slab, or only counts when the slab is NULL. */
static size_t carve(struct workspace *w, const struct model *m, int train,
                    size_t threads) {
    const struct model_config *c = &m->config;
    size_t TB = w->T * w->B, S = cell_blocks(c->cell).saved, H = c->hidden;
    size_t rows = w->chunk * w->B, at = 0;
#define TAKE(field, n)                                                         \
    do {                                                                       \
        (field) = w->slab ? w->slab + at : NULL;                               \
        at += mat_round_up(n);                                                 \
    } while (0)
    for (size_t l = 0; l < c->layers; l++) {
        TAKE(w->layer[l].saved, TB * S * H);
        TAKE(w->layer[l].h, (TB + w->B) * H);
        TAKE(w->layer[l].c, (TB + w->B) * H);
        TAKE(w->layer[l].y, TB * H);
        TAKE(w->layer[l].out, rows * H);
    }
    for (size_t k = 0; k < OUTPUTS; k++) {
        TAKE(w->logits[k], rows * heads_width(c, (enum model_output)k));
        TAKE(w->relative[k], rows * heads_relative(c, (enum model_output)k));
        TAKE(w->nll[k], TB);
    }
    size_t D = c->heads == HEADS_FACTORED ? c->project : 0;
    TAKE(w->project, rows * D);
    TAKE(w->dproject, train ? rows * D : 0);
    TAKE(w->dh, train ? c->layers * w->B * H : 0);
    TAKE(w->dc, train ? c->layers * w->B * H : 0);
    TAKE(w->row_scale, TB * c->active);
    TAKE(w->use_scale, train ? TB * c->active : 0);
    TAKE(w->gradient, train ? m->size : 0);
    size_t pairs = train && m->bf16 ? rows / 2 + 1 : 0;
    w->bf16_room = mat_round_up(pairs * 2 * (S * H / 2 + 1));
    TAKE(w->bf16_rows, threads * w->bf16_room);
    TAKE(w->bf16_state, pairs * H);
    TAKE(w->bf16_gates, pairs * S * H);
#undef TAKE
    return at;
}

static void workspace_shape(struct workspace *w, size_t T, size_t B) {
    *w = (struct workspace){.T = T, .B = B};
    w->chunk = CHUNK_ROWS / B ? CHUNK_ROWS / B : 1;
    if (w->chunk > T)
        w->chunk = T;
}

static size_t class_count(const struct workspace *w) {
    return ((2 + OUTPUTS) * w->chunk + (OUTPUTS + 1) * w->T) * w->B;
}

static size_t list_count(const struct workspace *w, const struct model *m,
                         int train) {
    size_t on = w->T * w->B * m->config.active;
    return on + (train ? on + m->config.inputs : 0);
}

size_t workspace_bytes(const struct model *m, size_t T, size_t B, int train,
                       size_t threads) {
    struct workspace w;
    workspace_shape(&w, T, B);
    return carve(&w, m, train, threads) * sizeof(real) +
           class_count(&w) * sizeof *w.classes +
           list_count(&w, m, train) * sizeof *w.lists + m->config.inputs;
}

int workspace_init(struct workspace *w, const struct model *m, size_t T,
                   size_t B, int train, size_t threads, struct err *e) {
    workspace_shape(w, T, B);
    w->threads = threads;
    size_t n = carve(w, m, train, threads), on = T * B * m->config.active;
    w->slab = mat_new(n);
    w->classes = calloc(class_count(w), sizeof *w->classes);
    w->lists = calloc(list_count(w, m, train), sizeof *w->lists);
    w->row_use = calloc(m->config.inputs, 1);
    if (!w->slab || !w->classes || !w->lists || !w->row_use) {
        workspace_free(w);
        return err_set(e, ERR_MEM, "network: out of memory");
    }
    carve(w, m, train, threads);
    w->row = w->lists;
    w->use = train ? w->row + on : NULL;
    w->use_end = train ? w->use + on : NULL;
    w->key = w->classes;
    w->given = w->key + w->chunk * B;
    for (size_t k = 0; k < OUTPUTS; k++)
        w->anchor[k] = w->given + (1 + k) * w->chunk * B;
    int16_t *next = w->given + (1 + OUTPUTS) * w->chunk * B;
    for (size_t k = 0; k < OUTPUTS; k++)
        w->best[k] = next + k * T * B;
    w->row_count = (uint16_t *)next + OUTPUTS * T * B;
    return 0;
}

void workspace_free(struct workspace *w) {
    free(w->slab);
    free(w->classes);
    free(w->lists);
    free(w->row_use);
    *w = (struct workspace){0};
}

void workspace_clear_state(struct workspace *w, const struct model *m) {
    size_t bytes = w->B * m->config.hidden * sizeof(real);
    for (size_t l = 0; l < m->config.layers; l++) {
        memset(w->layer[l].h, 0, bytes);
        memset(w->layer[l].c, 0, bytes);
    }
}

void workspace_carry(struct workspace *w, const struct model *m, size_t T) {
    size_t n = w->B * m->config.hidden;
    for (size_t l = 0; l < m->config.layers; l++) {
        struct layer_workspace *y = &w->layer[l];
        memcpy(y->h, y->h + T * n, n * sizeof(real));
        memcpy(y->c, y->c + T * n, n * sizeof(real));
    }
}

void workspace_copy_state(struct workspace *w, const struct model *m, size_t to,
                          size_t from) {
    size_t H = m->config.hidden;
    for (size_t l = 0; l < m->config.layers; l++) {
        struct layer_workspace *y = &w->layer[l];
        memcpy(y->h + to * H, y->h + from * H, H * sizeof(real));
        memcpy(y->c + to * H, y->c + from * H, H * sizeof(real));
    }
}
