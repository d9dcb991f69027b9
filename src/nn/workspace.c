/* Activations: see workspace.h. SPDX-License-Identifier: MIT */
#include "nott/nn/workspace.h"

#include <stdlib.h>
#include <string.h>

#include "nott/nn/heads.h"

/* Lays the arrays over w->slab, or only counts when the slab is NULL. */
static size_t carve(struct workspace *w, const struct model *m, int train) {
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
        TAKE(w->layer[l].c, c->cell == CELL_LSTM ? (TB + w->B) * H : 0);
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
    TAKE(w->dh, c->layers * w->B * H);
    TAKE(w->dc, c->layers * w->B * H);
    TAKE(w->h0, w->B * H);
    TAKE(w->c0, c->cell == CELL_LSTM ? w->B * H : 0);
    TAKE(w->aside, train ? rows * H : 0);
    TAKE(w->gradient, train ? m->size : 0);
    size_t pairs = train && m->bf16[0] ? rows / 2 + 1 : 0;
    TAKE(w->bf16_rows, pairs * 2 * (S * H / 2 + 1));
    TAKE(w->bf16_state, pairs * H);
    TAKE(w->bf16_gates, pairs * S * H);
#undef TAKE
    return at;
}

static void workspace_shape(struct workspace *w, size_t T, size_t B) {
    *w = (struct workspace){.T = T, .B = B};
    w->chunk = mat_chunk_rows() / B ? mat_chunk_rows() / B : 1;
    if (w->chunk > T)
        w->chunk = T;
}

static size_t class_count(const struct workspace *w, const struct model *m) {
    return w->chunk * w->B * (3 + m->config.copies) + OUTPUTS * w->T * w->B;
}

size_t workspace_bytes(const struct model *m, size_t T, size_t B, int train) {
    struct workspace w;
    workspace_shape(&w, T, B);
    return carve(&w, m, train) * sizeof(real) +
           class_count(&w, m) * sizeof(int16_t);
}

int workspace_init(struct workspace *w, const struct model *m, size_t T,
                   size_t B, int train, struct err *e) {
    workspace_shape(w, T, B);
    size_t n = carve(w, m, train);
    w->slab = aligned_alloc(64, n * sizeof(real));
    w->classes = calloc(class_count(w, m), sizeof *w->classes);
    if (!w->slab || !w->classes) {
        workspace_free(w);
        return err_set(e, ERR_MEM, "network: out of memory");
    }
    memset(w->slab, 0, n * sizeof(real));
    carve(w, m, train);
    w->targets = w->classes;
    w->key = w->targets + w->chunk * B;
    w->given = w->key + w->chunk * B;
    w->copy = w->given + w->chunk * B;
    for (size_t k = 0; k < OUTPUTS; k++)
        w->best[k] = w->copy + w->chunk * B * m->config.copies + k * T * B;
    return 0;
}

void workspace_free(struct workspace *w) {
    free(w->slab);
    free(w->classes);
    *w = (struct workspace){0};
}

void workspace_clear_state(struct workspace *w, const struct model *m) {
    size_t bytes = w->B * m->config.hidden * sizeof(real);
    for (size_t l = 0; l < m->config.layers; l++) {
        memset(w->layer[l].h, 0, bytes);
        if (m->config.cell == CELL_LSTM)
            memset(w->layer[l].c, 0, bytes);
    }
}

void workspace_carry(struct workspace *w, const struct model *m, size_t T) {
    size_t n = w->B * m->config.hidden;
    for (size_t l = 0; l < m->config.layers; l++) {
        struct layer_workspace *y = &w->layer[l];
        memcpy(y->h, y->h + T * n, n * sizeof(real));
        if (m->config.cell == CELL_LSTM)
            memcpy(y->c, y->c + T * n, n * sizeof(real));
    }
}
