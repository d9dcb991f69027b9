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
 *
 * Within a step a thread makes its units of all slots of its group: it reads
 * the whole state before, and its own columns of U, or all of da and its own
 * columns of Uᵀ. So it waits once a step, for the others' units.
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

void layers_dropout(real *x, size_t from, size_t n, real keep, uint64_t key) {
    if (keep < 1)
        mask_all(x, n, (uint32_t)rng_mix(key, 0) + (uint32_t)from,
                 (uint32_t)((double)keep * 4294967295.0), 1 / keep);
}

static uint64_t dropout_key(const struct share *s, size_t stream,
                            size_t place) {
    return rng_mix(rng_mix(s->pass->key, stream), place);
}

void layers_input_dropout(const struct share *s, size_t place, real *scale) {
    layers_dropout(scale, 0, s->m->config.active, s->pass->keep_input,
                   dropout_key(s, KEY_INPUT, place));
}

/* Of the thread's units of layer l at a place. */
static void output_dropout(const struct share *s, size_t l, size_t place,
                           real *x) {
    if (s->pass && s->pass->keep_output < 1)
        layers_dropout(x, s->units.from, team_part_size(s->units),
                       s->pass->keep_output,
                       dropout_key(s, KEY_LAYER + l, place));
}

/* ---- products ---- */

/* c[n, blocks*H] = a[n,K] times a matrix of the weights, or c[n,H] = a times
 * its transpose, + beta c; of each block the columns `cols`. */
static void product(const struct share *s, struct mat c, struct mat_view a,
                    const struct model_matrix *y, int transposed,
                    struct team_part cols, real beta) {
    const struct model *m = s->m;
    size_t n = team_part_size(cols), blocks = transposed ? 1 : y->blocks;
    int bf16 = s->pass && m->bf16;
    if (n == 0 || a.rows == 0)
        return;
    if (bf16)
        a = mat_bf16_rows(s->w->bf16_rows + s->who->i * s->w->bf16_room, a);
    for (size_t g = 0; g < blocks; g++) {
        struct mat to = mat_cols(c, g * s->H + cols.from, n);
        struct mat_panels b = bf16 ? model_bf16_panels(m, y, transposed, g)
                                   : model_panels(m, y, transposed, g);
        b = mat_panels_cols(b, cols.from, n);
        if (bf16)
            mat_mul_bf16(to, a, b, beta);
        else
            mat_mul(to, a, b, beta);
    }
}

/* xᵀ d to the gradient of a matrix, d being the columns from `from` of da; the
 * thread's part. In bfloat16 the pairs of da are in the workspace already. */
static void add_gradient(const struct share *s, const struct model_matrix *y,
                         struct mat_view x, struct mat_view da, size_t from,
                         real beta) {
    struct team_part mine = team_mine(s->who, y->cols, MAT_PANEL);
    struct mat g = mat_of(s->w->gradient + y->offset, x.cols, y->cols);
    size_t n = team_part_size(mine), pairs = (x.rows + 1) / 2;
    if (s->m->bf16) {
        struct team_part some = team_mine(s->who, x.rows, 2);
        mat_bf16_pairs(s->w->bf16_state + some.from / 2 * x.cols,
                       mat_view_rows(x, some.from, team_part_size(some)));
        team_wait(s->who);
    }
    if (s->m->bf16 && n)
        mat_mul_tn_bf16(
            mat_cols(g, mine.from, n),
            mat_view_of(s->w->bf16_state, pairs, x.cols),
            mat_view_cols(mat_view_of(s->w->bf16_gates, pairs, da.cols),
                          from + mine.from, n),
            beta);
    else if (n)
        mat_mul_tn(mat_cols(g, mine.from, n), x,
                   mat_view_cols(da, from + mine.from, n), beta);
    if (s->m->bf16)
        team_wait(s->who); /* before other pairs take the place of these */
}

/* ---- the input: a = b + x W ---- */

/* a = b, of the thread's slots and units. */
static void biases(const struct share *s, size_t l, size_t t0, size_t t1) {
    size_t H = s->H, wide = s->k.saved * H, first = s->units.from;
    const real *bias = s->m->weights + s->m->layer[l].bias;
    for (size_t t = t0; t < t1; t++)
        for (size_t b = s->slots.from; b < s->slots.to; b++)
            for (size_t g = 0; g < s->k.saved; g++)
                memcpy(s->w->layer[l].saved + share_place(s, t, b) * wide +
                           g * H + first,
                       bias + g * H + first,
                       (s->units.to - first) * sizeof(real));
}

/* a[n,SH] = b + x W, W filling the first I blocks. */
static void input_forward(const struct share *s, size_t l, size_t t0,
                          size_t t1) {
    size_t H = s->H, wide = s->k.saved * H;
    biases(s, l, t0, t1);
    struct mat sum =
        mat_of(s->w->layer[l].saved + t0 * s->B * wide, (t1 - t0) * s->B, wide);
    struct mat_view x = mat_view_of(s->w->layer[l - 1].out, sum.rows, H);
    /* all rows at once, or those of the thread's slots step by step */
    size_t n = team_part_size(s->slots), step = s->B;
    if (n == s->B)
        step = n = sum.rows;
    for (size_t i = s->slots.from; i < sum.rows; i += step)
        product(s, mat_rows(sum, i, n), mat_view_rows(x, i, n),
                &s->m->layer[l].input, 0, s->units, 1);
}

/* From da[n,SH]: dW += xᵀ da, and dx = da Wᵀ in the place of x. */
static void input_backward(const struct share *s, size_t l, struct mat_view da,
                           real beta) {
    size_t H = s->H, n = da.rows, in = s->k.input * H;
    struct mat x = mat_of(s->w->layer[l - 1].out, n, H);
    const struct model_matrix *input = &s->m->layer[l].input;
    add_gradient(s, input, mat_read(x), da, 0, beta);
    team_wait(s->who); /* all have read x */
    product(s, x, mat_view_cols(da, 0, in), input, 1,
            team_mine(s->who, H, MAT_PANEL), 0);
    team_wait(s->who);
}

/* ---- where tunes begin ---- */

static int begins(const struct share *s, size_t t, size_t b) {
    return s->x->reset && s->x->reset[share_place(s, t, b)];
}

/* The thread's units of slot b, of [B,H] numbers. */
static real *my_units(const struct share *s, real *x, size_t b) {
    return x + b * s->H + s->units.from;
}

static void clear_units(const struct share *s, real *x, size_t b) {
    memset(my_units(s, x, b), 0, team_part_size(s->units) * sizeof(real));
}

void layers_begin(const struct share *s) {
    biases(s, 0, 0, s->x->T);
    embedding_forward(s);
    for (size_t l = 0; l < s->m->config.layers; l++)
        for (size_t b = s->slots.from; b < s->slots.to; b++)
            if (begins(s, 0, b)) {
                clear_units(s, s->w->layer[l].h, b);
                clear_units(s, s->w->layer[l].c, b);
            }
}

/* What step t ended with is what the next one starts from, unless a tune begins
 * there. The thread's part. */
static void hand_on(const struct share *s, size_t l, size_t t) {
    size_t n = s->B * s->H;
    struct layer_workspace *y = &s->w->layer[l];
    real *h = y->h + (t + 1) * n, *c = y->c + (t + 1) * n;
    for (size_t b = s->slots.from; b < s->slots.to; b++) {
        memcpy(my_units(s, h, b), my_units(s, y->y + t * n, b),
               team_part_size(s->units) * sizeof(real));
        if (t + 1 < s->x->T && begins(s, t + 1, b)) {
            clear_units(s, h, b);
            clear_units(s, c, b);
        }
    }
}

/* ---- the output: y = dropout(h) ---- */

/* What the next layer reads of step t, in the chunk that begins at t0. */
static void output_forward(const struct share *s, size_t l, size_t t,
                           size_t t0) {
    struct layer_workspace *y = &s->w->layer[l];
    size_t n = s->B * s->H;
    for (size_t b = s->slots.from; b < s->slots.to; b++) {
        real *out = my_units(s, y->out + (t - t0) * n, b);
        memcpy(out, my_units(s, y->y + t * n, b),
               team_part_size(s->units) * sizeof(real));
        output_dropout(s, l, share_place(s, t, b), out);
    }
}

/* Adds what reaches layer l's output from above at step t to dh. */
static void output_backward(const struct share *s, size_t l, size_t t,
                            size_t t0, real *dh) {
    real *dout = s->w->layer[l].out + (t - t0) * s->B * s->H;
    for (size_t b = s->slots.from; b < s->slots.to; b++) {
        real *d = my_units(s, dout, b), *sum = my_units(s, dh, b);
        output_dropout(s, l, share_place(s, t, b), d);
        for (size_t j = 0; j < team_part_size(s->units); j++)
            sum[j] += d[j];
    }
}

/* ---- one step after the other: a += h U, the cell ---- */

static struct cell_step cell_step(const struct share *s, size_t l, size_t t) {
    struct layer_workspace *y = &s->w->layer[l];
    size_t n = s->B * s->H;
    return (struct cell_step){.kind = s->m->config.cell,
                              .H = s->H,
                              .first_slot = s->slots.from,
                              .end_slot = s->slots.to,
                              .first_unit = s->units.from,
                              .end_unit = s->units.to,
                              .saved = y->saved + t * n * s->k.saved,
                              .h_prev = y->h + t * n,
                              .c_prev = y->c + t * n};
}

/* From a of the steps t0..t1-1 to h, c, and y where it is read. */
static void steps_forward(const struct share *s, size_t l, size_t t0,
                          size_t t1) {
    const struct model *m = s->m;
    size_t B = s->B, H = s->H, wide = s->k.saved * H, rec = s->k.recurrent * H;
    size_t n = team_part_size(s->slots);
    struct layer_workspace *y = &s->w->layer[l];
    /* in training the heads read the top layer on the way back */
    int read = !s->pass || l + 1 < m->config.layers;
    for (size_t t = t0; t < t1; t++) {
        struct cell_step step = cell_step(s, l, t);
        struct mat a = mat_cols(mat_of(step.saved, B, wide), wide - rec, rec);
        product(s, mat_rows(a, s->slots.from, n),
                mat_view_rows(mat_view_of(step.h_prev, B, H), s->slots.from, n),
                &m->layer[l].recurrent, 0, s->units, 1);
        share_lap(s, PART_RECURRENT);
        cell_forward(&step, y->y + t * B * H, y->c + (t + 1) * B * H);
        hand_on(s, l, t);
        if (read)
            output_forward(s, l, t, t0);
        share_lap(s, PART_GATES);
        team_wait_group(s->who, s->groups);
        share_lap(s, PART_WAITING);
    }
}

/* From dy of these steps, and from dh[B,H] and dc[B,H] of the step after them,
 * to da, and to dh and dc of the step before them. */
static void steps_backward(const struct share *s, size_t l, size_t t0,
                           size_t t1, real *dh, real *dc) {
    const struct model *m = s->m;
    size_t B = s->B, H = s->H, wide = s->k.saved * H, rec = s->k.recurrent * H;
    size_t n = team_part_size(s->slots);
    for (size_t t = t1; t-- > t0;) {
        struct cell_step step = cell_step(s, l, t);
        output_backward(s, l, t, t0, dh);
        cell_backward(&step, dh, dc);
        share_lap(s, PART_BACK_GATES);
        team_wait_group(s->who, s->groups);
        share_lap(s, PART_WAITING);
        struct mat_view da =
            mat_view_cols(mat_view_of(step.saved, B, wide), wide - rec, rec);
        product(s, mat_rows(mat_of(dh, B, H), s->slots.from, n),
                mat_view_rows(da, s->slots.from, n), &m->layer[l].recurrent, 1,
                s->units, 1);
        share_lap(s, PART_BACK_RECURRENT);
        for (size_t b = s->slots.from; b < s->slots.to; b++)
            if (begins(s, t, b)) { /* nothing flows back over it */
                clear_units(s, dh, b);
                clear_units(s, dc, b);
            }
    }
}

/* ---- a layer ---- */

void layers_forward(const struct share *s, size_t l, size_t t0, size_t t1) {
    if (l > 0)
        input_forward(s, l, t0, t1);
    share_lap(s, PART_INPUT);
    steps_forward(s, l, t0, t1);
}

void layers_outputs(const struct share *s, size_t t0, size_t t1) {
    for (size_t l = 0; l < s->m->config.layers; l++)
        for (size_t t = t0; t < t1; t++)
            output_forward(s, l, t, t0);
}

void layers_backward(const struct share *s, size_t l, size_t t0, size_t t1) {
    struct workspace *w = s->w;
    const struct model_layer *y = &s->m->layer[l];
    size_t BH = s->B * s->H, wide = s->k.saved * s->H, n = (t1 - t0) * s->B;
    real beta = t1 < s->x->T; /* what there is, is of the window before */
    steps_backward(s, l, t0, t1, w->dh + l * BH, w->dc + l * BH);
    team_wait(s->who);
    share_lap(s, PART_WAITING);
    struct mat_view da =
        mat_view_of(w->layer[l].saved + t0 * s->B * wide, n, wide);
    if (s->m->bf16) { /* add_gradient waits before it reads them */
        struct team_part some = team_mine(s->who, n, 2);
        mat_bf16_pairs(w->bf16_gates + some.from / 2 * wide,
                       mat_view_rows(da, some.from, team_part_size(some)));
    }
    struct team_part mine = team_mine(s->who, wide, MAT_PANEL);
    mat_add_rows(w->gradient + y->bias + mine.from,
                 mat_view_cols(da, mine.from, team_part_size(mine)));
    add_gradient(s, &y->recurrent,
                 mat_view_of(w->layer[l].h + t0 * BH, n, s->H), da,
                 wide - y->recurrent.cols, beta);
    if (l > 0)
        input_backward(s, l, da, beta);
    share_lap(s, PART_WEIGHTS);
}
