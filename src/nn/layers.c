/* The recurrent layers: see layers.h. SPDX-License-Identifier: MIT */
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

/* ---- forward ---- */

static uint64_t dropout_key(const struct shard *s, size_t stream, size_t t,
                            size_t b) {
    return rng_mix(rng_mix(s->pass->key, stream), shard_place(s, t, b));
}

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

/* Bias and input product of layer l for the steps t0..t1-1. */
static void layer_input(const struct shard *s, size_t l, size_t t0, size_t t1) {
    const struct model *m = s->m;
    size_t B = s->B, H = s->H, wide = s->k.saved * H, n = (t1 - t0) * B;
    real *saved = s->w->layer[l].saved + t0 * B * wide;
    const real *bias = m->weights + m->layer[l].bias;
    const real *in = m->weights + m->layer[l].input;
    for (size_t i = 0; i < n; i++)
        memcpy(saved + i * wide, bias, wide * sizeof(real));
    if (l > 0) {
        product(s, mat_cols(mat_of(saved, n, wide), 0, s->k.input * H),
                mat_view_of(s->w->layer[l - 1].out, n, H), m->layer[l].input, 0,
                1);
        return;
    }
    size_t A = m->config.active;
    for (size_t t = t0; t < t1; t++)
        for (size_t b = 0; b < B; b++) {
            real scale[MODEL_MAX_ACTIVE];
            input_scale(s, t, b, scale);
            embedding_forward(
                saved + ((t - t0) * B + b) * wide, in, s->k.input * H,
                s->x->indices + shard_place(s, t, b) * A, scale, A);
        }
}

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

/* What the next layer reads of step t, in the chunk that begins at t0. */
static void layer_output(const struct shard *s, size_t l, size_t t, size_t t0) {
    size_t B = s->B, H = s->H;
    struct layer_workspace *y = &s->w->layer[l];
    real *out = y->out + (t - t0) * B * H;
    memcpy(out, y->h + (t + 1) * B * H, B * H * sizeof(real));
    if (s->pass && s->pass->keep_output < 1)
        for (size_t b = 0; b < B; b++)
            layers_dropout(out + b * H, H, s->pass->keep_output,
                           dropout_key(s, KEY_LAYER + l, t, b));
}

static void layer_steps(const struct shard *s, size_t l, size_t t0, size_t t1) {
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
            layer_output(s, l, t, t0);
        timing_lap(s->w->watch, PART_GATES);
    }
}

void layers_forward(const struct shard *s, size_t l, size_t t0, size_t t1) {
    layer_input(s, l, t0, t1);
    timing_lap(s->w->watch, PART_INPUT);
    layer_steps(s, l, t0, t1);
}

void layers_outputs(const struct shard *s, size_t t0, size_t t1) {
    for (size_t l = 0; l < s->m->config.layers; l++)
        for (size_t t = t0; t < t1; t++)
            layer_output(s, l, t, t0);
}

/* ---- backward ---- */

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

static void recurrent_weights_backward(const struct shard *s, size_t l,
                                       size_t t0, size_t t1,
                                       struct mat_view d) {
    size_t B = s->B, H = s->H, n = (t1 - t0) * B;
    size_t wide = s->k.saved * H, rec = s->k.recurrent * H;
    memset(s->w->aside, 0, n * H * sizeof(real));
    exchange_begun(s, l, t0, t1);
    add_gradient(s, s->m->layer[l].recurrent,
                 mat_view_of(s->w->layer[l].h + t0 * B * H, n, H), d,
                 wide - rec, rec);
    exchange_begun(s, l, t0, t1);
}

/* Gradients of layer l's weights over the steps t0..t1-1, and of its input,
 * which replaces the output of the layer below. */
static void layer_weights_backward(const struct shard *s, size_t l, size_t t0,
                                   size_t t1) {
    const struct model *m = s->m;
    size_t B = s->B, H = s->H, n = (t1 - t0) * B;
    size_t wide = s->k.saved * H, in = s->k.input * H;
    struct mat_view d =
        mat_view_of(s->w->layer[l].saved + t0 * B * wide, n, wide);
    real *g = s->w->gradient;
    if (m->bf16[0])
        mat_bf16_pairs(s->w->bf16_gates, d);
    recurrent_weights_backward(s, l, t0, t1, d);
    mat_add_rows(g + m->layer[l].bias, d);
    if (l > 0) {
        real *below = s->w->layer[l - 1].out;
        add_gradient(s, m->layer[l].input, mat_view_of(below, n, H), d, 0, in);
        product(s, mat_of(below, n, H), mat_view_cols(d, 0, in),
                m->layer[l].input, 1, 0);
        return;
    }
    size_t A = m->config.active;
    for (size_t t = t0; t < t1; t++)
        for (size_t b = 0; b < B; b++) {
            real scale[MODEL_MAX_ACTIVE];
            input_scale(s, t, b, scale);
            embedding_backward(
                g + m->layer[l].input, d.at + ((t - t0) * B + b) * wide, in,
                s->x->indices + shard_place(s, t, b) * A, scale, A);
        }
}

void layers_backward(const struct shard *s, size_t l, size_t t0, size_t t1) {
    size_t n = s->B * s->H;
    steps_backward(s, l, t0, t1, s->w->dh + l * n, s->w->dc + l * n);
    layer_weights_backward(s, l, t0, t1);
    timing_lap(s->w->watch, PART_WEIGHTS);
}
