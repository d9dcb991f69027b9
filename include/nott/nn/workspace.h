/* The activations of B slots over at most T steps: what the forward pass leaves
 * for the backward pass, and the states that go on from window to window.
 * All real numbers lie in one slab.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_WORKSPACE_H
#define NOTT_WORKSPACE_H

#include "nott/nn/model.h"
#include "nott/nn/timing.h"

struct layer_workspace {
    real *saved; /* [T, B, blocks*H]: see cell.h */
    real *h, *c; /* [T+1, B, H]: the state each step starts from */
    real *y;     /* [T, B, H]: the h that it ends with */
    real *out;   /* [chunk, B, H]: what the next layer reads; its gradient */
};

struct workspace {
    size_t threads;     /* at most that work here */
    size_t T, B, chunk; /* chunk: steps whose products are done together */
    struct layer_workspace layer[MODEL_MAX_LAYERS];
    real *dh, *dc; /* [layers, B, H]: what flows back from later steps */

    /* The input: the rows that are on at each place, and by what they are
     * multiplied, [T, B, active], row_count[T, B] of them; and the places that
     * each row is on at: those of row r end at use_end[r], where those of the
     * next begin. */
    uint32_t *row, *use, *use_end;
    real *row_scale, *use_scale;
    uint16_t *row_count;
    uint8_t *row_use; /* [inputs], owned: see embedding.c */

    /* the heads, for one chunk: D of the factored head, K classes */
    real *project, *dproject; /* [chunk, B, D], and its gradient */
    real *logits[OUTPUTS];    /* [chunk, B, K + gates], then their gradients */
    real *relative[OUTPUTS];  /* [chunk, B, relative classes]: likewise */
    int16_t *key, *given;     /* [chunk, B]; given: the chord that is known */
    int16_t *anchor[OUTPUTS]; /* [chunk, B] */
    real *nll[OUTPUTS];       /* [T, B]: nats of each scored step */
    int16_t *best[OUTPUTS];   /* [T, B]: the likeliest class; -1 = not scored */

    /* in training only */
    real *gradient;  /* [size of the model] */
    real *bf16_rows; /* for each thread bf16_room numbers: an operand in
                      * bfloat16, pairs along its rows */
    size_t bf16_room;
    real *bf16_state, *bf16_gates; /* two, pairs down their columns */

    struct stopwatch *watch; /* borrowed, one for each thread; NULL = nothing
                              * is measured */
    real *slab;              /* owned; the real numbers above lie in it */
    int16_t *classes;        /* owned; the classes above lie in it */
    uint32_t *lists;         /* owned; the lists of the input lie in it */
};

/* All zeros. `train` adds what only training needs; at most so many threads
 * will work in it. The model is not kept, but whether it uses bfloat16 must not
 * change afterwards. ERR_MEM. */
int workspace_init(struct workspace *w, const struct model *m, size_t T,
                   size_t B, int train, size_t threads, struct err *e);
void workspace_free(struct workspace *w);

/* Bytes that workspace_init would take. */
size_t workspace_bytes(const struct model *m, size_t T, size_t B, int train,
                       size_t threads);

/* Makes the state after a window of T steps the state of the next one. */
void workspace_carry(struct workspace *w, const struct model *m, size_t T);

/* Gives slot `to` the state of slot `from`. */
void workspace_copy_state(struct workspace *w, const struct model *m, size_t to,
                          size_t from);

/* Makes the state that of nothing heard yet. */
void workspace_clear_state(struct workspace *w, const struct model *m);

#endif
