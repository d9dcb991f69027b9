/* The activations of one shard of B slots over at most T steps: what the
 * forward pass leaves for the backward pass, and the states that go on from
 * window to window. Everything lies in one slab.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_WORKSPACE_H
#define NOTT_WORKSPACE_H

#include "nott/nn/model.h"
#include "nott/nn/timing.h"

struct layer_workspace {
    real *saved; /* [T, B, blocks*H]: see cell.h */
    real *h, *c; /* [T+1, B, H]: the state each step ends with, from step 1 */
    real *out;   /* [chunk, B, H]: what the next layer reads; its gradient */
};

struct workspace {
    size_t T, B, chunk; /* chunk: steps whose products are done together */
    struct layer_workspace layer[MODEL_MAX_LAYERS];
    real *dh, *dc; /* [layers, B, H]: what flows back from later steps */
    real *h0, *c0; /* [B, H]: a state in which some slots begin a tune */

    /* the heads, for one chunk: D of the factored head, K classes */
    real *project, *dproject; /* [chunk, B, D], and its gradient */
    real *logits[OUTPUTS];    /* [chunk, B, K + gates], then their gradients */
    real *relative[OUTPUTS];  /* [chunk, B, relative classes]: likewise */
    int16_t *targets;         /* [chunk, B] */
    int16_t *copy;            /* [chunk, B, copies] */
    int16_t *key, *given;     /* [chunk, B]; given: the chord that is known */
    real *nll[OUTPUTS];       /* [T, B]: nats of each scored step */
    int16_t *best[OUTPUTS];   /* [T, B]: the likeliest class; -1 = not scored */

    /* in training only */
    real *gradient;  /* [size of the model] */
    real *aside;     /* [chunk, B, H]: rows of h put aside */
    real *bf16_rows; /* an operand in bfloat16, pairs along its rows */
    real *bf16_state, *bf16_gates; /* two, pairs down their columns */

    struct stopwatch *watch; /* borrowed; NULL = nothing is measured */
    real *slab;              /* owned; the real numbers above lie in it */
    int16_t *classes;        /* owned; the classes above lie in it */
};

/* All zeros. `train` adds what only training needs. The model is not kept, but
 * whether it uses bfloat16 must not change afterwards. ERR_MEM. */
int workspace_init(struct workspace *w, const struct model *m, size_t T,
                   size_t B, int train, struct err *e);
void workspace_free(struct workspace *w);

/* Bytes that workspace_init would take. */
size_t workspace_bytes(const struct model *m, size_t T, size_t B, int train);

/* Makes the state after a window of T steps the state of the next one. */
void workspace_carry(struct workspace *w, const struct model *m, size_t T);

/* Makes the state that of nothing heard yet. */
void workspace_clear_state(struct workspace *w, const struct model *m);

#endif
