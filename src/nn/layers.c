/* The recurrent layers: see layers.h.
 *
 * Layer l at step t, with B slots, H units and S, I, R blocks that its cell
 * saves, takes from the input and takes from the state (cell.h):
 *
 *   a_t [B,SH]     = b + x_t W + h_{t-1} U      x_t: rows that are on (layer 0)
 *   h_t, c_t [B,H] = cell(a_t, h_{t-1}, c_{t-1})     or y_t of the layer below
 *   y_t [B,H]      = dropout(h_t)               W [in,IH], U [H,RH], b [SH]
 *
 * and backwards, d being the gradient of the loss by what follows it:
 *
 *   dh_t += dropout(dy_t)
 *   da_t, and part of dh_{t-1}, dc_{t-1}, from dh_t, dc_t by the cell
 *   dh_{t-1} += da_t Uᵀ
 *   dU += Σ h_{t-1}ᵀ da_t,  dW += Σ x_tᵀ da_t,  db += Σ da_t,  dx_t = da_t Wᵀ
 *
 * Only what depends on the step before is done step by step; the rest is done
 * for a chunk of steps t0 .. t1-1 at once, as one product of n = (t1 - t0) B
 * rows. da takes the place of what the cell saved, dy that of y. Where a tune
 * begins at step t, h_{t-1} and c_{t-1} are zero and no gradient goes back.
 * SPDX-License-Identifier: MIT */
#include "layers.h"

#include <string.h>

#include "act.h"
#include "embedding.h"
#include "nott/base/rng.h"

#define KEY_INPUT 1u /* streams of the dropout key; layers follow */
#define KEY_LAYER 2u

/* ---- dropout ---- */

/* A 32-bit hash: shift-xor and multiply, twice (constants by Wellons 2018). */
static inline uint32_t hash32(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

ACT_VECTOR
static void mask_all(real *x, size_t n, uint32_t key, uint32_t limit,
                     real scale) {
    for (uint32_t j = 0; j < (uint32_t)n; j++)
        x[j] *= hash32(key + j) < limit ? scale : 0;
}

void layers_dropout(real *x, size_t n, real keep, uint64_t key) {
    if (keep < 1)
        mask_all(x, n, (uint32_t)rng_mix(key, 0),
                 (uint32_t)((double)keep * 4294967295.0), 1 / keep);
}

static uint64_t dropout_key(const struct shard *s, size_t stream, size_t t,
                            size_t b) {
    return rng_mix(rng_mix(s->pass->key, stream), shard_place(s, t, b));
}

/* ---- products ---- */

/* c = a times the weights at that offset, or their transpose, + beta c. */
static void product(const struct shard *s, struct mat c, struct mat_view a,
                    size_t weights, int transposed, real beta) {
    const struct model *m = s->m;
    const real *full = transposed ? m->transposed : m->weights;
    if (s->pass && m->bf16[0])
        mat_mul_bf16(c, a,
                     mat_view_of(m->bf16[transposed] + weights,
                                 (a.cols + 1) / 2, c.cols),
                     beta, s->w->bf16_rows);
    else
        mat_mul(c, a, mat_view_of(full + weights, a.cols, c.cols), beta);
}

/* Adds xᵀ d, with the columns from `from` of d, to the gradient of some
 * weights. In bfloat16 the pairs of d are in the workspace already. */
static void add_gradient(const struct shard *s, size_t weights,
                         struct mat_view x, struct mat_view d, size_t from,
                         size_t cols) {
    struct mat g = mat_of(s->w->gradient + weights, x.cols, cols);
    if (s->m->bf16[0]) {
        size_t pairs = (x.rows + 1) / 2;
        mat_bf16_pairs(s->w->bf16_state, x);
        mat_mul_tn_bf16(
            g, mat_view_of(s->w->bf16_state, pairs, x.cols),
            mat_view_cols(mat_view_of(s->w->bf16_gates, pairs, d.cols), from,
                          cols));
    } else {
        mat_mul_tn(g, x, mat_view_cols(d, from, cols));
    }
}

/* ---- the input: a = b + x W ---- */

/* Factors on the active rows of a step: 1, or with input dropout 0 or 1/keep,
 * which is dropout of the one-hot vector. */
static void input_scale(const struct shard *s, size_t t, size_t b,
                        real *scale) {
    size_t A = s->m->config.active;
    for (size_t k = 0; k < A; k++)
        scale[k] = 1;
    if (s->pass)
        layers_dropout(scale, A, s->pass->keep_input,
                       dropout_key(s, KEY_INPUT, t, b));
}

/* Layer 0: a[n,SH] += the rows of W that are on. */
static void rows_forward(const struct shard *s, size_t t0, size_t t1, real *a) {
    const real *w = s->m->weights + s->m->layer[0].input;
    size_t A = s->m->config.active, wide = s->k.saved * s->H;
    for (size_t t = t0; t < t1; t++)
        for (size_t b = 0; b < s->B; b++) {
            real scale[MODEL_MAX_ACTIVE];
            input_scale(s, t, b, scale);
            embedding_forward(
                a + ((t - t0) * s->B + b) * wide, w, s->k.input * s->H,
                s->x->indices + shard_place(s, t, b) * A, scale, A);
        }
}

/* The rows of dW that are on += da[n,SH]. */
static void rows_backward(const struct shard *s, size_t t0, size_t t1,
                          const real *da) {
    real *dw = s->w->gradient + s->m->layer[0].input;
    size_t A = s->m->config.active, wide = s->k.saved * s->H;
    for (size_t t = t0; t < t1; t++)
        for (size_t b = 0; b < s->B; b++) {
            real scale[MODEL_MAX_ACTIVE];
            input_scale(s, t, b, scale);
            embedding_backward(
                dw, da + ((t - t0) * s->B + b) * wide, s->k.input * s->H,
                s->x->indices + shard_place(s, t, b) * A, scale, A);
        }
}

/* a[n,SH] = b + x W, W filling the first I blocks. */
static void input_forward(const struct shard *s, size_t l, size_t t0,
                          size_t t1) {
    const struct model *m = s->m;
    size_t B = s->B, H = s->H, wide = s->k.saved * H, n = (t1 - t0) * B;
    real *a = s->w->layer[l].saved + t0 * B * wide;
    for (size_t i = 0; i < n; i++)
        memcpy(a + i * wide, m->weights + m->layer[l].bias,
               wide * sizeof(real));
    if (l > 0)
        product(s, mat_cols(mat_of(a, n, wide), 0, s->k.input * H),
                mat_view_of(s->w->layer[l - 1].out, n, H), m->layer[l].input, 0,
                1);
    else
        rows_forward(s, t0, t1, a);
}

/* From da[n,SH]: db += Σ da, dW += xᵀ da, and dx = da Wᵀ in the place of x. */
static void input_backward(const struct shard *s, size_t l, size_t t0,
                           size_t t1, struct mat_view da) {
    const struct model *m = s->m;
    size_t H = s->H, n = da.rows, in = s->k.input * H;
    mat_add_rows(s->w->gradient + m->layer[l].bias, da);
    if (l > 0) {
        struct mat x = mat_of(s->w->layer[l - 1].out, n, H);
        add_gradient(s, m->layer[l].input, mat_read(x), da, 0, in);
        product(s, x, mat_view_cols(da, 0, in), m->layer[l].input, 1, 0);
    } else {
        rows_backward(s, t0, t1, da.at);
    }
}

/* ---- where tunes begin ---- */

static int begins(const struct shard *s, size_t t, size_t b) {
    return s->x->reset && s->x->reset[shard_place(s, t, b)];
}

/* The states that step t of layer l starts from. Where a tune begins in some
 * slot they are copies in which that slot is zero: the state itself is still
 * the output of the step before. */
static void state_before(const struct shard *s, size_t l, size_t t,
                         const real **h, const real **c) {
    struct workspace *w = s->w;
    size_t n = s->B * s->H, row = s->H * sizeof(real);
    int any = 0, lstm = s->m->config.cell == CELL_LSTM;
    *h = w->layer[l].h + t * n;
    *c = lstm ? w->layer[l].c + t * n : NULL;
    for (size_t b = 0; b < s->B; b++)
        any |= begins(s, t, b);
    if (!any)
        return;
    memcpy(w->h0, *h, n * sizeof(real));
    if (lstm)
        memcpy(w->c0, *c, n * sizeof(real));
    for (size_t b = 0; b < s->B; b++) {
        if (!begins(s, t, b))
            continue;
        memset(w->h0 + b * s->H, 0, row);
        if (lstm)
            memset(w->c0 + b * s->H, 0, row);
    }
    *h = w->h0;
    *c = lstm ? w->c0 : NULL;
}

/* Nothing flows back over the first step of a tune. */
static void reset_gradient(const struct shard *s, size_t t, real *dh,
                           real *dc) {
    if (!s->x->reset)
        return;
    for (size_t b = 0; b < s->B; b++)
        if (s->x->reset[shard_place(s, t, b)]) {
            memset(dh + b * s->H, 0, s->H * sizeof(real));
            memset(dc + b * s->H, 0, s->H * sizeof(real));
        }
}

/* Exchanges the rows of h from which no gradient may come, because a tune
 * begins after them, with what was put aside: zeros at first. */
static void exchange_begun(const struct shard *s, size_t l, size_t t0,
                           size_t t1) {
    size_t H = s->H;
    real *aside = s->w->aside;
    for (size_t t = t0; t < t1; t++)
        for (size_t b = 0; b < s->B; b++) {
            if (!begins(s, t, b))
                continue;
            real *h = s->w->layer[l].h + (t * s->B + b) * H;
            for (size_t j = 0; j < H; j++) {
                real other = aside[j];
                aside[j] = h[j];
                h[j] = other;
            }
            aside += H;
        }
}

/* ---- the output: y = dropout(h) ---- */

/* What the next layer reads of step t, in the chunk that begins at t0. */
static void output_forward(const struct shard *s, size_t l, size_t t,
                           size_t t0) {
    size_t B = s->B, H = s->H;
    struct layer_workspace *y = &s->w->layer[l];
    real *out = y->out + (t - t0) * B * H;
    memcpy(out, y->h + (t + 1) * B * H, B * H * sizeof(real));
    if (s->pass && s->pass->keep_output < 1)
        for (size_t b = 0; b < B; b++)
            layers_dropout(out + b * H, H, s->pass->keep_output,
                           dropout_key(s, KEY_LAYER + l, t, b));
}

/* Adds what reaches layer l's output from above at step t to dh. */
static void output_backward(const struct shard *s, size_t l, size_t t,
                            size_t t0, real *dh) {
    size_t B = s->B, H = s->H;
    real *dout = s->w->layer[l].out + (t - t0) * B * H;
    for (size_t b = 0; b < B; b++) {
        real *d = dout + b * H;
        if (s->pass->keep_output < 1)
            layers_dropout(d, H, s->pass->keep_output,
                           dropout_key(s, KEY_LAYER + l, t, b));
        for (size_t j = 0; j < H; j++)
            dh[b * H + j] += d[j];
    }
}

/* ---- one step after the other: a += h U, the cell ---- */

/* From a of the steps t0..t1-1 to h, c, and y where it is read. */
static void steps_forward(const struct shard *s, size_t l, size_t t0,
                          size_t t1) {
    const struct model *m = s->m;
    size_t B = s->B, H = s->H, wide = s->k.saved * H, rec = s->k.recurrent * H;
    struct layer_workspace *y = &s->w->layer[l];
    int lstm = m->config.cell == CELL_LSTM;
    /* in training the heads read the top layer on the way back */
    int read = !s->pass || l + 1 < m->config.layers;
    for (size_t t = t0; t < t1; t++) {
        real *saved = y->saved + t * B * wide;
        const real *h, *c;
        state_before(s, l, t, &h, &c);
        product(s, mat_cols(mat_of(saved, B, wide), wide - rec, rec),
                mat_view_of(h, B, H), m->layer[l].recurrent, 0, 1);
        timing_lap(s->w->watch, PART_RECURRENT);
        cell_forward(m->config.cell, B, H, saved, h, c, y->h + (t + 1) * B * H,
                     lstm ? y->c + (t + 1) * B * H : NULL);
        if (read)
            output_forward(s, l, t, t0);
        timing_lap(s->w->watch, PART_GATES);
    }
}

/* From dy of these steps, and from dh[B,H] and dc[B,H] of the step after them,
 * to da, and to dh and dc of the step before them. */
static void steps_backward(const struct shard *s, size_t l, size_t t0,
                           size_t t1, real *dh, real *dc) {
    const struct model *m = s->m;
    size_t B = s->B, H = s->H, wide = s->k.saved * H, rec = s->k.recurrent * H;
    for (size_t t = t1; t-- > t0;) {
        real *saved = s->w->layer[l].saved + t * B * wide;
        const real *h, *c;
        output_backward(s, l, t, t0, dh);
        state_before(s, l, t, &h, &c);
        cell_backward(m->config.cell, B, H, saved, h, c, dh, dc);
        timing_lap(s->w->watch, PART_BACK_GATES);
        product(s, mat_of(dh, B, H),
                mat_view_cols(mat_view_of(saved, B, wide), wide - rec, rec),
                m->layer[l].recurrent, 1, 1);
        timing_lap(s->w->watch, PART_BACK_RECURRENT);
        reset_gradient(s, t, dh, dc);
    }
}

/* dU += h_{t-1}ᵀ da over the steps of da[n,SH], U filling the last R blocks. */
static void recurrent_weights_backward(const struct shard *s, size_t l,
                                       size_t t0, size_t t1,
                                       struct mat_view da) {
    size_t B = s->B, H = s->H, n = (t1 - t0) * B;
    size_t wide = s->k.saved * H, rec = s->k.recurrent * H;
    memset(s->w->aside, 0, n * H * sizeof(real));
    exchange_begun(s, l, t0, t1);
    add_gradient(s, s->m->layer[l].recurrent,
                 mat_view_of(s->w->layer[l].h + t0 * B * H, n, H), da,
                 wide - rec, rec);
    exchange_begun(s, l, t0, t1);
}

/* ---- a layer ---- */

void layers_forward(const struct shard *s, size_t l, size_t t0, size_t t1) {
    input_forward(s, l, t0, t1);
    timing_lap(s->w->watch, PART_INPUT);
    steps_forward(s, l, t0, t1);
}

void layers_outputs(const struct shard *s, size_t t0, size_t t1) {
    for (size_t l = 0; l < s->m->config.layers; l++)
        for (size_t t = t0; t < t1; t++)
            output_forward(s, l, t, t0);
}

void layers_backward(const struct shard *s, size_t l, size_t t0, size_t t1) {
    struct workspace *w = s->w;
    size_t BH = s->B * s->H, wide = s->k.saved * s->H, n = (t1 - t0) * s->B;
    steps_backward(s, l, t0, t1, w->dh + l * BH, w->dc + l * BH);
    struct mat_view da =
        mat_view_of(w->layer[l].saved + t0 * s->B * wide, n, wide);
    if (s->m->bf16[0])
        mat_bf16_pairs(w->bf16_gates, da);
    recurrent_weights_backward(s, l, t0, t1, da);
    input_backward(s, l, t0, t1, da);
    timing_lap(w->watch, PART_WEIGHTS);
}
