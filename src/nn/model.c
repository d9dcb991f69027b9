/* The network: see model.h. SPDX-License-Identifier: MIT */
#include "nott/model.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/act.h"
#include "nott/head.h"
#include "nott/rng.h"
#include "nott/rows.h"

#define ALIGN       ((size_t)64 / sizeof(real)) /* in numbers: a cache line */
#define KEY_INPUT   1u /* streams of the dropout key; layers follow */
#define KEY_LAYER   2u
#define MAX_TENSORS (3 * MODEL_MAX_LAYERS + 10)

static size_t round_up(size_t n) {
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

/* ---- construction ---- */

static size_t add_tensor(struct model *m, const char *prefix, size_t number,
                         const char *name, size_t rows, size_t cols) {
    assert(m->tensor_count < MAX_TENSORS);
    struct model_tensor *t = &m->tensors[m->tensor_count++];
    if (number != SIZE_MAX)
        snprintf(t->name, sizeof t->name, "%s%zu.%s", prefix, number, name);
    else
        snprintf(t->name, sizeof t->name, "%s.%s", prefix, name);
    t->rows = rows;
    t->cols = cols;
    t->offset = m->size;
    m->size += round_up(rows * cols);
    return t->offset;
}

/* The width of a head: its classes, and with copies the gates. */
static size_t head_width(const struct model_config *c, enum model_output k) {
    return c->classes[k] + (c->copies ? 1 + c->copies : 0);
}

/* Kinds that a head has logits for. */
static size_t kind_count(const struct model_config *c, enum model_output k) {
    return c->kinds[k] + (k == OUT_MELODY ? c->kinds_over : 0);
}

static void list_tensors(struct model *m) {
    const struct model_config *c = &m->config;
    struct cell_blocks k = cell_blocks(c->cell);
    size_t H = c->hidden, wide = H;
    for (size_t l = 0; l < c->layers; l++) {
        struct model_layer *y = &m->layer[l];
        size_t in = l ? H : c->rows;
        y->input = add_tensor(m, "layer", l, "input", in, k.input * H);
        y->recurrent =
            add_tensor(m, "layer", l, "recurrent", H, k.recurrent * H);
        y->bias = add_tensor(m, "layer", l, "bias", 1, k.saved * H);
    }
    size_t Kc = head_width(c, OUT_CHORD), Km = head_width(c, OUT_MELODY);
    m->weight[OUT_CHORD] = add_tensor(m, "chord", SIZE_MAX, "weight", H, Kc);
    m->bias[OUT_CHORD] = add_tensor(m, "chord", SIZE_MAX, "bias", 1, Kc);
    if (c->heads == HEADS_FACTORED) {
        wide = c->project;
        m->project = add_tensor(m, "melody", SIZE_MAX, "project", H, wide);
        m->project_bias =
            add_tensor(m, "melody", SIZE_MAX, "project_bias", 1, wide);
        m->project_chord = add_tensor(m, "melody", SIZE_MAX, "chord",
                                      c->classes[OUT_CHORD], wide);
    }
    m->weight[OUT_MELODY] =
        add_tensor(m, "melody", SIZE_MAX, "weight", wide, Km);
    m->bias[OUT_MELODY] = add_tensor(m, "melody", SIZE_MAX, "bias", 1, Km);
    if (!c->keys)
        return;
    m->kinds[OUT_CHORD] =
        add_tensor(m, "chord", SIZE_MAX, "kinds", H, kind_count(c, OUT_CHORD));
    m->kinds[OUT_MELODY] = add_tensor(m, "melody", SIZE_MAX, "kinds", wide,
                                      kind_count(c, OUT_MELODY));
    if (c->heads == HEADS_FACTORED)
        m->project_kinds = add_tensor(m, "melody", SIZE_MAX, "chord_kinds",
                                      c->kinds[OUT_CHORD], wide);
}

static int in_range(size_t v, size_t min, size_t max) {
    return v >= min && v <= max;
}

int model_init(struct model *m, const struct model_config *c, struct err *e) {
    *m = (struct model){.config = *c};
    if (!in_range(c->layers, 1, MODEL_MAX_LAYERS) ||
        !in_range(c->hidden, 1, 4096) || !in_range(c->rows, 1, 65535) ||
        !in_range(c->active, 1, MODEL_MAX_ACTIVE) ||
        !in_range(c->classes[OUT_CHORD], 1, HEAD_CLASSES) ||
        !in_range(c->classes[OUT_MELODY], 1, HEAD_CLASSES) ||
        c->copies > MODEL_MAX_COPIES || c->keys > 255 ||
        (c->keys &&
         (!in_range(c->kinds[OUT_CHORD], 1, 4096) ||
          !in_range(c->kinds[OUT_MELODY], 1, 4096) || c->kinds_over > 4096)) ||
        (c->heads == HEADS_FACTORED && !in_range(c->project, 1, 4096)))
        return err_set(e, ERR_FORMAT, "model: a size is out of range");
    m->tensors = calloc(MAX_TENSORS, sizeof *m->tensors);
    if (!m->tensors)
        return err_set(e, ERR_MEM, "model: out of memory");
    list_tensors(m);
    m->weights = aligned_alloc(64, m->size * sizeof(real));
    m->transposed = aligned_alloc(64, m->size * sizeof(real));
    int bad = !m->weights || !m->transposed;
    for (int k = 0; k < OUTPUTS; k++) {
        m->kind[k] = calloc(c->keys * c->classes[k] + 1, sizeof *m->kind[k]);
        bad |= !m->kind[k];
    }
    m->kind_over = calloc(c->classes[OUT_CHORD] * c->classes[OUT_MELODY],
                          sizeof *m->kind_over);
    if (bad || !m->kind_over) {
        model_free(m);
        return err_set(e, ERR_MEM, "model: out of memory");
    }
    memset(m->weights, 0, m->size * sizeof(real));
    memset(m->transposed, 0, m->size * sizeof(real));
    return 0;
}

void model_free(struct model *m) {
    free(m->tensors);
    free(m->weights);
    free(m->transposed);
    for (int k = 0; k < OUTPUTS; k++) {
        free(m->half[k]);
        free(m->kind[k]);
    }
    free(m->kind_over);
    *m = (struct model){0};
}

void model_randomize(struct model *m, uint64_t seed, double range,
                     double forget_bias) {
    size_t H = m->config.hidden;
    double r = range > 0 ? range : 1 / sqrt((double)H);
    for (size_t k = 0; k < m->tensor_count; k++) {
        const struct model_tensor *t = &m->tensors[k];
        struct rng rng;
        rng_seed(&rng, seed, k);
        for (size_t i = 0; i < t->rows * t->cols; i++)
            m->weights[t->offset + i] =
                t->rows > 1 ? (real)((2 * rng_uniform(&rng) - 1) * r) : 0;
    }
    if (m->config.cell == CELL_LSTM)
        for (size_t l = 0; l < m->config.layers; l++)
            for (size_t j = 0; j < H; j++)
                m->weights[m->layer[l].bias + H + j] = (real)forget_bias;
}

int model_use_half(struct model *m, struct err *e) {
    if (!mat_half_available())
        return err_set(e, ERR_USAGE,
                       "train.precision: this processor cannot multiply "
                       "in bf16");
    for (int k = 0; k < 2 && !m->half[k]; k++) {
        m->half[k] = aligned_alloc(64, m->size * sizeof(real));
        if (!m->half[k])
            return err_set(e, ERR_MEM, "model: out of memory");
    }
    return 0;
}

static void refresh_half(struct model *m, size_t offset, size_t rows,
                         size_t cols) {
    mat_half_pairs(m->half[0] + offset, m->weights + offset, cols, rows, cols);
    mat_half_pairs(m->half[1] + offset, m->transposed + offset, rows, cols,
                   rows);
}

void model_refresh(struct model *m) {
    for (size_t k = 0; k < m->tensor_count; k++) {
        const struct model_tensor *t = &m->tensors[k];
        if (t->offset != m->layer[0].input)
            mat_transpose(m->transposed + t->offset, m->weights + t->offset,
                          t->rows, t->cols);
    }
    for (size_t l = 0; l < m->config.layers && m->half[0]; l++) {
        size_t H = m->config.hidden;
        struct cell_blocks k = cell_blocks(m->config.cell);
        refresh_half(m, m->layer[l].recurrent, H, k.recurrent * H);
        if (l > 0)
            refresh_half(m, m->layer[l].input, H, k.input * H);
    }
}

/* ---- workspace ---- */

/* Lays the arrays over w->slab, or only counts when the slab is NULL. */
static size_t carve(struct work *w, const struct model *m, int train) {
    const struct model_config *c = &m->config;
    size_t TB = w->T * w->B, S = cell_blocks(c->cell).saved, H = c->hidden;
    size_t rows = w->chunk * w->B, at = 0;
#define TAKE(field, n)                                                         \
    do {                                                                       \
        (field) = w->slab ? w->slab + at : NULL;                               \
        at += round_up(n);                                                     \
    } while (0)
    for (size_t l = 0; l < c->layers; l++) {
        TAKE(w->layer[l].saved, TB * S * H);
        TAKE(w->layer[l].h, (TB + w->B) * H);
        TAKE(w->layer[l].c, c->cell == CELL_LSTM ? (TB + w->B) * H : 0);
        TAKE(w->layer[l].out, rows * H);
    }
    for (size_t k = 0; k < OUTPUTS; k++) {
        TAKE(w->logits[k], rows * head_width(c, (enum model_output)k));
        TAKE(w->kinds[k], rows * kind_count(c, (enum model_output)k));
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
    size_t half = train && m->half[0] ? rows / 2 + 1 : 0;
    TAKE(w->half_rows, half * 2 * (S * H / 2 + 1));
    TAKE(w->half_state, half * H);
    TAKE(w->half_gates, half * S * H);
#undef TAKE
    return at;
}

static void work_shape(struct work *w, size_t T, size_t B) {
    *w = (struct work){.T = T, .B = B};
    w->chunk = mat_chunk_rows() / B ? mat_chunk_rows() / B : 1;
    if (w->chunk > T)
        w->chunk = T;
}

static size_t class_count(const struct work *w, const struct model *m) {
    return w->chunk * w->B * (3 + m->config.copies) + OUTPUTS * w->T * w->B;
}

size_t work_bytes(const struct model *m, size_t T, size_t B, int train) {
    struct work w;
    work_shape(&w, T, B);
    return carve(&w, m, train) * sizeof(real) +
           class_count(&w, m) * sizeof(int16_t);
}

int work_init(struct work *w, const struct model *m, size_t T, size_t B,
              int train, struct err *e) {
    work_shape(w, T, B);
    size_t n = carve(w, m, train);
    w->slab = aligned_alloc(64, n * sizeof(real));
    w->classes = calloc(class_count(w, m), sizeof *w->classes);
    if (!w->slab || !w->classes) {
        work_free(w);
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

void work_free(struct work *w) {
    free(w->slab);
    free(w->classes);
    *w = (struct work){0};
}

void model_clear_state(const struct model *m, struct work *w) {
    size_t bytes = w->B * m->config.hidden * sizeof(real);
    for (size_t l = 0; l < m->config.layers; l++) {
        memset(w->layer[l].h, 0, bytes);
        if (m->config.cell == CELL_LSTM)
            memset(w->layer[l].c, 0, bytes);
    }
}

void model_carry(const struct model *m, struct work *w, size_t T) {
    size_t n = w->B * m->config.hidden;
    for (size_t l = 0; l < m->config.layers; l++) {
        struct layer_work *y = &w->layer[l];
        memcpy(y->h, y->h + T * n, n * sizeof(real));
        if (m->config.cell == CELL_LSTM)
            memcpy(y->c, y->c + T * n, n * sizeof(real));
    }
}

/* ---- forward ---- */

/* What the loops over one shard need at every turn. */
struct shard {
    const struct model *m;
    struct work *w;
    const struct window *x;
    const struct pass *pass; /* NULL outside training */
    size_t first;            /* lane of the window that is lane 0 here */
    size_t B, H;
    struct cell_blocks k;
};

static struct shard make_shard(const struct model *m, struct work *w,
                               const struct window *x, size_t first,
                               const struct pass *pass) {
    assert(x->T <= w->T && first + w->B <= x->lanes);
    return (struct shard){m,
                          w,
                          x,
                          pass,
                          first,
                          w->B,
                          m->config.hidden,
                          cell_blocks(m->config.cell)};
}

/* The time since the last lap was spent on `part`. */
static void lap(const struct shard *s, enum model_part part) {
    struct stopwatch *w = s->w->watch;
    if (!w)
        return;
    double now = w->now();
    w->spent[part] += now - w->last;
    w->last = now;
}

static size_t position(const struct shard *s, size_t t, size_t b) {
    return t * s->x->lanes + s->first + b;
}

static uint64_t dropout_key(const struct shard *s, size_t stream, size_t t,
                            size_t b) {
    return rng_mix(rng_mix(s->pass->key, stream), position(s, t, b));
}

/* Factors on the active rows of a step: 1, or with input dropout 0 or 1/keep,
 * which is dropout of the one-hot vector. */
static void input_scale(const struct shard *s, size_t t, size_t b,
                        real *scale) {
    size_t A = s->m->config.active;
    for (size_t k = 0; k < A; k++)
        scale[k] = 1;
    if (s->pass)
        head_dropout(scale, A, s->pass->keep_input,
                     dropout_key(s, KEY_INPUT, t, b));
}

/* c[M,N] = a[M,K] times a matrix of weights or its transpose, + beta c. */
static void product(const struct shard *s, real *c, size_t ldc, const real *a,
                    size_t lda, size_t weights, int transposed, size_t M,
                    size_t N, size_t K, real beta) {
    const struct model *m = s->m;
    const real *full = transposed ? m->transposed : m->weights;
    if (s->pass && m->half[0])
        mat_mul_half(c, ldc, a, lda, m->half[transposed] + weights, N, M, N, K,
                     beta, s->w->half_rows);
    else
        mat_mul(c, ldc, a, lda, full + weights, N, M, N, K, beta);
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
        product(s, saved, wide, s->w->layer[l - 1].out, H, m->layer[l].input, 0,
                n, s->k.input * H, H, 1);
        return;
    }
    size_t A = m->config.active;
    for (size_t t = t0; t < t1; t++)
        for (size_t b = 0; b < B; b++) {
            real scale[MODEL_MAX_ACTIVE];
            input_scale(s, t, b, scale);
            rows_gather(saved + ((t - t0) * B + b) * wide, in, s->k.input * H,
                        s->x->rows + position(s, t, b) * A, scale, A);
        }
}

static int begins(const struct shard *s, size_t t, size_t b) {
    return s->x->reset && s->x->reset[position(s, t, b)];
}

/* The states that step t of layer l starts from. Where a tune begins in some
 * lane they are copies in which that lane is zero: the state itself is still
 * the output of the step before. */
static void state_before(const struct shard *s, size_t l, size_t t,
                         const real **h, const real **c) {
    struct work *w = s->w;
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
    struct layer_work *y = &s->w->layer[l];
    real *out = y->out + (t - t0) * B * H;
    memcpy(out, y->h + (t + 1) * B * H, B * H * sizeof(real));
    if (s->pass && s->pass->keep_output < 1)
        for (size_t b = 0; b < B; b++)
            head_dropout(out + b * H, H, s->pass->keep_output,
                         dropout_key(s, KEY_LAYER + l, t, b));
}

static void layer_steps(const struct shard *s, size_t l, size_t t0, size_t t1) {
    const struct model *m = s->m;
    size_t B = s->B, H = s->H, wide = s->k.saved * H, rec = s->k.recurrent * H;
    struct layer_work *y = &s->w->layer[l];
    int lstm = m->config.cell == CELL_LSTM;
    /* in training the heads read the top layer on the way back */
    int read = !s->pass || l + 1 < m->config.layers;
    for (size_t t = t0; t < t1; t++) {
        real *saved = y->saved + t * B * wide;
        const real *h, *c;
        state_before(s, l, t, &h, &c);
        product(s, saved + wide - rec, wide, h, H, m->layer[l].recurrent, 0, B,
                rec, H, 1);
        lap(s, PART_RECURRENT);
        cell_forward(m->config.cell, B, H, saved, h, c, y->h + (t + 1) * B * H,
                     lstm ? y->c + (t + 1) * B * H : NULL);
        if (read)
            layer_output(s, l, t, t0);
        lap(s, PART_GATES);
    }
}

/* The kinds of an output's classes in the situation of row i: seen from its
 * key, and over its chord; NULL = of none. */
static const int16_t *kinds_in_key(const struct model *m, enum model_output k,
                                   const struct work *w, size_t i) {
    return m->kind[k] + (size_t)w->key[i] * m->config.classes[k];
}

static const int16_t *kinds_over_chord(const struct model *m,
                                       enum model_output k,
                                       const struct work *w, size_t i) {
    int over = k == OUT_MELODY && m->config.kinds_over && w->given[i] >= 0;
    return over ? m->kind_over +
                      (size_t)w->given[i] * m->config.classes[OUT_MELODY]
                : NULL;
}

static void add_kinds(real *logits, const real *kinds, const int16_t *kind,
                      size_t K) {
    for (size_t j = 0; j < K; j++)
        logits[j] += kind[j] >= 0 ? kinds[kind[j]] : 0;
}

static void collect_kinds(real *kinds, const real *logits, const int16_t *kind,
                          size_t K) {
    for (size_t j = 0; j < K; j++)
        if (kind[j] >= 0)
            kinds[kind[j]] += logits[j];
}

/* Adds to the logits of n rows what their classes have from their kinds. */
static void kinds_forward(const struct model *m, struct work *w,
                          enum model_output k, const real *x, size_t width,
                          size_t n) {
    size_t N = kind_count(&m->config, k), K = m->config.classes[k];
    size_t all = head_width(&m->config, k);
    if (!m->config.keys)
        return;
    mat_mul(w->kinds[k], N, x, width, m->weights + m->kinds[k], N, n, N, width,
            0);
    for (size_t i = 0; i < n; i++) {
        real *logits = w->logits[k] + i * all, *kinds = w->kinds[k] + i * N;
        const int16_t *over = kinds_over_chord(m, k, w, i);
        add_kinds(logits, kinds, kinds_in_key(m, k, w, i), K);
        if (over)
            add_kinds(logits, kinds + m->config.kinds[k], over, K);
    }
}

/* From the gradients of the logits to those of the kinds. */
static void kinds_backward(const struct model *m, struct work *w,
                           enum model_output k, size_t n) {
    size_t N = kind_count(&m->config, k), K = m->config.classes[k];
    size_t all = head_width(&m->config, k);
    if (!m->config.keys)
        return;
    memset(w->kinds[k], 0, n * N * sizeof(real));
    for (size_t i = 0; i < n; i++) {
        const real *logits = w->logits[k] + i * all;
        real *kinds = w->kinds[k] + i * N;
        const int16_t *over = kinds_over_chord(m, k, w, i);
        collect_kinds(kinds, logits, kinds_in_key(m, k, w, i), K);
        if (over)
            collect_kinds(kinds + m->config.kinds[k], logits, over, K);
    }
}

/* The logits, gates included, of n rows of x[n,width]. */
static void head_product(const struct model *m, struct work *w,
                         enum model_output k, const real *x, size_t width,
                         size_t n) {
    size_t K = head_width(&m->config, k);
    real *logits = w->logits[k];
    for (size_t i = 0; i < n; i++)
        memcpy(logits + i * K, m->weights + m->bias[k], K * sizeof(real));
    mat_mul(logits, K, x, width, m->weights + m->weight[k], K, n, K, width, 1);
    kinds_forward(m, w, k, x, width, n);
}

ACT_VECTOR
static void tanh_all(real *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        x[i] = act_tanh(x[i]);
}

/* The rows of E that chord `given` of row i has: its own, and that of its kind
 * in the key. Returns how many. */
static size_t chord_rows(const struct model *m, const struct work *w, size_t i,
                         size_t at[2]) {
    size_t n = 0, D = m->config.project;
    if (w->given[i] < 0)
        return 0;
    at[n++] = m->project_chord + (size_t)w->given[i] * D;
    if (m->config.keys) {
        int kind = kinds_in_key(m, OUT_CHORD, w, i)[w->given[i]];
        if (kind >= 0)
            at[n++] = m->project_kinds + (size_t)kind * D;
    }
    return n;
}

/* w->project[n,D] = tanh(x P + p + E[given]); a chord of -1 adds nothing. */
static void project_forward(const struct model *m, struct work *w,
                            const real *x, size_t n) {
    size_t D = m->config.project, H = m->config.hidden, at[2];
    for (size_t i = 0; i < n; i++) {
        real *u = w->project + i * D;
        memcpy(u, m->weights + m->project_bias, D * sizeof(real));
        for (size_t r = chord_rows(m, w, i, at); r-- > 0;)
            mat_add_rows(u, m->weights + at[r], D, 1, D);
    }
    mat_mul(w->project, D, x, H, m->weights + m->project, D, n, D, H, 1);
    tanh_all(w->project, n * D);
}

static void collect_targets(const struct shard *s, enum model_output k,
                            size_t t0, size_t t1) {
    for (size_t t = t0; t < t1; t++)
        for (size_t b = 0; b < s->B; b++)
            s->w->targets[(t - t0) * s->B + b] =
                s->x->target[k][position(s, t, b)];
}

/* The keys and chords of the steps t0..t1-1, for kinds and the projection. */
static void collect_given(const struct shard *s, size_t t0, size_t t1) {
    struct work *w = s->w;
    for (size_t t = t0; t < t1; t++)
        for (size_t b = 0; b < s->B; b++) {
            size_t i = (t - t0) * s->B + b, at = position(s, t, b);
            w->key[i] = s->m->config.keys ? s->x->key[at] : 0;
            w->given[i] = s->x->target[OUT_CHORD][at];
        }
}

static void collect_copies(const struct shard *s, enum model_output k,
                           size_t t0, size_t t1) {
    size_t L = s->m->config.copies;
    for (size_t t = t0; t < t1; t++)
        memcpy(s->w->copy + (t - t0) * s->B * L,
               s->x->copy[k] + position(s, t, 0) * L,
               s->B * L * sizeof *s->w->copy);
}

/* Logits of output k for the steps t0..t1-1, scored against the targets, which
 * turns them into the gradient of the loss when training. */
static void head_score(const struct shard *s, enum model_output k, size_t t0,
                       size_t t1, const real *x, size_t width) {
    struct work *w = s->w;
    size_t n = (t1 - t0) * s->B, at = t0 * s->B, K = s->m->config.classes[k];
    size_t L = s->m->config.copies, all = head_width(&s->m->config, k);
    real scale = s->pass ? s->pass->scale[k] : 0;
    head_product(s->m, w, k, x, width, n);
    collect_targets(s, k, t0, t1);
    if (L) {
        collect_copies(s, k, t0, t1);
        head_copy_entropy(w->logits[k], w->copy, w->targets, n, K, L, scale,
                          w->nll[k] + at, w->best[k] + at);
    } else {
        head_cross_entropy(w->logits[k], w->targets, n, K, scale,
                           w->nll[k] + at, w->best[k] + at);
    }
    if (s->pass && scale == 0) /* else the probabilities stay there */
        memset(w->logits[k], 0, n * all * sizeof(real));
    if (s->pass)
        kinds_backward(s->m, w, k, n);
}

/* Gradients of head k's weights, from its input x[n,width]. */
static void head_weights_backward(const struct shard *s, enum model_output k,
                                  const real *x, size_t width, size_t n) {
    const struct model *m = s->m;
    size_t K = head_width(&m->config, k);
    real *g = s->w->gradient;
    mat_mul_tn(g + m->weight[k], K, x, width, s->w->logits[k], K, width, K, n);
    mat_add_rows(g + m->bias[k], s->w->logits[k], K, n, K);
    size_t N = kind_count(&m->config, k);
    if (m->config.keys)
        mat_mul_tn(g + m->kinds[k], N, x, width, s->w->kinds[k], N, width, N,
                   n);
}

/* dx[n,width] = that of head k's input + beta dx. */
static void head_input_backward(const struct shard *s, enum model_output k,
                                real *dx, size_t width, size_t n, real beta) {
    size_t K = head_width(&s->m->config, k);
    mat_mul(dx, width, s->w->logits[k], K, s->m->transposed + s->m->weight[k],
            width, n, width, K, beta);
    size_t N = kind_count(&s->m->config, k);
    if (s->m->config.keys)
        mat_mul(dx, width, s->w->kinds[k], N, s->m->transposed + s->m->kinds[k],
                width, n, width, N, 1);
}

/* From the gradient of the projection's output in dproject to its weights'
 * gradients; dproject becomes that of tanh's argument. */
static void project_backward(const struct shard *s, const real *x, size_t n) {
    const struct model *m = s->m;
    struct work *w = s->w;
    size_t D = m->config.project, H = s->H, at[2];
    for (size_t i = 0; i < n * D; i++)
        w->dproject[i] *= 1 - w->project[i] * w->project[i];
    mat_mul_tn(w->gradient + m->project, D, x, H, w->dproject, D, H, D, n);
    mat_add_rows(w->gradient + m->project_bias, w->dproject, D, n, D);
    for (size_t i = 0; i < n; i++)
        for (size_t r = chord_rows(m, w, i, at); r-- > 0;)
            mat_add_rows(w->gradient + at[r], w->dproject + i * D, D, 1, D);
}

/* Turns the top layer's output into the gradient of the loss by it. */
static void heads_backward(const struct shard *s, size_t t0, size_t t1,
                           real *top) {
    const struct model *m = s->m;
    struct work *w = s->w;
    size_t H = s->H, n = (t1 - t0) * s->B, D = m->config.project;
    head_weights_backward(s, OUT_CHORD, top, H, n);
    if (m->config.heads == HEADS_INDEPENDENT) {
        head_weights_backward(s, OUT_MELODY, top, H, n);
        head_input_backward(s, OUT_CHORD, top, H, n, 0);
        head_input_backward(s, OUT_MELODY, top, H, n, 1);
        return;
    }
    head_weights_backward(s, OUT_MELODY, w->project, D, n);
    head_input_backward(s, OUT_MELODY, w->dproject, D, n, 0);
    project_backward(s, top, n);
    head_input_backward(s, OUT_CHORD, top, H, n, 0);
    mat_mul(top, H, w->dproject, D, m->transposed + m->project, H, n, H, D, 1);
}

/* Both heads for the steps t0..t1-1; when training, their gradients too. */
static void heads_forward(const struct shard *s, size_t t0, size_t t1) {
    const struct model *m = s->m;
    struct work *w = s->w;
    size_t H = s->H, n = (t1 - t0) * s->B;
    real *top = w->layer[m->config.layers - 1].out;
    collect_given(s, t0, t1);
    head_score(s, OUT_CHORD, t0, t1, top, H);
    if (m->config.heads == HEADS_FACTORED) {
        project_forward(m, w, top, n);
        head_score(s, OUT_MELODY, t0, t1, w->project, m->config.project);
    } else {
        head_score(s, OUT_MELODY, t0, t1, top, H);
    }
    if (s->pass)
        heads_backward(s, t0, t1, top);
}

void model_forward(const struct model *m, struct work *w,
                   const struct window *x, size_t first,
                   const struct pass *pass) {
    struct shard s = make_shard(m, w, x, first, pass);
    if (w->watch)
        w->watch->last = w->watch->now();
    for (size_t t0 = 0; t0 < x->T; t0 += w->chunk) {
        size_t t1 = t0 + w->chunk < x->T ? t0 + w->chunk : x->T;
        for (size_t l = 0; l < m->config.layers; l++) {
            layer_input(&s, l, t0, t1);
            lap(&s, PART_INPUT);
            layer_steps(&s, l, t0, t1);
        }
        if (!pass)
            heads_forward(&s, t0, t1);
        lap(&s, PART_HEADS);
    }
}

/* ---- backward ---- */

/* Nothing flows back over the first step of a tune. */
static void reset_gradient(const struct shard *s, size_t t, real *dh,
                           real *dc) {
    if (!s->x->reset)
        return;
    for (size_t b = 0; b < s->B; b++)
        if (s->x->reset[position(s, t, b)]) {
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
            head_dropout(d, H, s->pass->keep_output,
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
        lap(s, PART_BACK_GATES);
        product(s, dh, H, saved + wide - rec, wide, m->layer[l].recurrent, 1, B,
                H, rec, 1);
        lap(s, PART_BACK_RECURRENT);
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

/* Adds x[n,H]ᵀ d[n, cols from `from`] to the gradient of some weights. In
 * bfloat16, d is what half_gates was made of. */
static void add_gradient(const struct shard *s, size_t weights, const real *x,
                         const real *d, size_t from, size_t cols, size_t n) {
    size_t H = s->H, wide = s->k.saved * H;
    real *g = s->w->gradient + weights;
    if (s->m->half[0]) {
        mat_half_pairs(s->w->half_state, x, H, n, H);
        mat_mul_tn_half(g, cols, s->w->half_state, H, s->w->half_gates + from,
                        wide, H, cols, n);
    } else {
        mat_mul_tn(g, cols, x, H, d + from, wide, H, cols, n);
    }
}

static void recurrent_weights_backward(const struct shard *s, size_t l,
                                       size_t t0, size_t t1, const real *d) {
    size_t B = s->B, H = s->H, n = (t1 - t0) * B;
    size_t wide = s->k.saved * H, rec = s->k.recurrent * H;
    memset(s->w->aside, 0, n * H * sizeof(real));
    exchange_begun(s, l, t0, t1);
    add_gradient(s, s->m->layer[l].recurrent, s->w->layer[l].h + t0 * B * H, d,
                 wide - rec, rec, n);
    exchange_begun(s, l, t0, t1);
}

/* Gradients of layer l's weights over the steps t0..t1-1, and of its input,
 * which replaces the output of the layer below. */
static void layer_weights_backward(const struct shard *s, size_t l, size_t t0,
                                   size_t t1) {
    const struct model *m = s->m;
    size_t B = s->B, H = s->H, n = (t1 - t0) * B;
    size_t wide = s->k.saved * H, in = s->k.input * H;
    const real *d = s->w->layer[l].saved + t0 * B * wide;
    real *g = s->w->gradient;
    if (m->half[0])
        mat_half_pairs(s->w->half_gates, d, wide, n, wide);
    recurrent_weights_backward(s, l, t0, t1, d);
    mat_add_rows(g + m->layer[l].bias, d, wide, n, wide);
    if (l > 0) {
        real *below = s->w->layer[l - 1].out;
        add_gradient(s, m->layer[l].input, below, d, 0, in, n);
        product(s, below, H, d, wide, m->layer[l].input, 1, n, H, in, 0);
        return;
    }
    size_t A = m->config.active;
    for (size_t t = t0; t < t1; t++)
        for (size_t b = 0; b < B; b++) {
            real scale[MODEL_MAX_ACTIVE];
            input_scale(s, t, b, scale);
            rows_scatter(g + m->layer[l].input, d + ((t - t0) * B + b) * wide,
                         in, s->x->rows + position(s, t, b) * A, scale, A);
        }
}

void model_backward(const struct model *m, struct work *w,
                    const struct window *x, size_t first,
                    const struct pass *pass) {
    struct shard s = make_shard(m, w, x, first, pass);
    size_t L = m->config.layers, n = s.B * s.H;
    if (w->watch)
        w->watch->last = w->watch->now();
    memset(w->gradient, 0, m->size * sizeof(real));
    memset(w->dh, 0, L * n * sizeof(real));
    memset(w->dc, 0, L * n * sizeof(real));
    for (size_t t1 = x->T; t1 > 0;) {
        size_t t0 = (t1 - 1) / w->chunk * w->chunk;
        for (size_t l = 0; l < L; l++)
            for (size_t t = t0; t < t1; t++)
                layer_output(&s, l, t, t0);
        lap(&s, PART_BACK_GATES);
        heads_forward(&s, t0, t1);
        lap(&s, PART_HEADS);
        for (size_t l = L; l-- > 0;) {
            steps_backward(&s, l, t0, t1, w->dh + l * n, w->dc + l * n);
            layer_weights_backward(&s, l, t0, t1);
            lap(&s, PART_WEIGHTS);
        }
        t1 = t0;
    }
}

/* ---- one step at a time ---- */

void model_step(const struct model *m, struct work *w, const uint16_t *rows) {
    assert(w->T == 1);
    struct window x = {.T = 1, .lanes = w->B, .rows = rows};
    struct shard s = make_shard(m, w, &x, 0, NULL);
    for (size_t l = 0; l < m->config.layers; l++) {
        layer_input(&s, l, 0, 1);
        layer_steps(&s, l, 0, 1);
    }
    model_carry(m, w, 1);
}

/* Log probabilities of the lanes first .. first+n-1. */
static void lanes_log_p(const struct model *m, struct work *w, size_t first,
                        size_t n, enum model_output out,
                        const struct model_given *given,
                        const struct head_taste *taste, real *log_p) {
    size_t H = m->config.hidden, D = m->config.project;
    const real *x = w->layer[m->config.layers - 1].out + first * H;
    int knows = out == OUT_MELODY && m->config.heads == HEADS_FACTORED;
    for (size_t i = 0; i < n; i++) {
        w->key[i] = m->config.keys ? given->key[i] : 0;
        w->given[i] = knows ? given->chord[i] : -1;
    }
    if (knows)
        project_forward(m, w, x, n);
    head_product(m, w, out, knows ? w->project : x, knows ? D : H, n);
    head_log_p(w->logits[out], given->copy, n, m->config.classes[out],
               m->config.copies, taste, log_p);
}

void model_log_p(const struct model *m, struct work *w, size_t b,
                 enum model_output out, const struct model_given *given,
                 const struct head_taste *taste, real *log_p) {
    lanes_log_p(m, w, b, 1, out, given, taste, log_p);
}

void model_log_p_all(const struct model *m, struct work *w,
                     enum model_output out, const struct model_given *given,
                     const struct head_taste *taste, real *log_p) {
    lanes_log_p(m, w, 0, w->B, out, given, taste, log_p);
}
