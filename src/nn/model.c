/* The network: see model.h. SPDX-License-Identifier: MIT */
#include "nott/nn/model.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heads_pass.h"
#include "layers.h"
#include "nott/base/rng.h"
#include "nott/nn/softmax.h"

#define MAX_TENSORS  (3 * MODEL_MAX_LAYERS + 10)
#define MAX_RELATIVE 4096

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
    m->size += mat_round_up(rows * cols);
    return t->offset;
}

static void list_tensors(struct model *m) {
    const struct model_config *c = &m->config;
    struct cell_blocks k = cell_blocks(c->cell);
    size_t H = c->hidden, wide = H;
    for (size_t l = 0; l < c->layers; l++) {
        struct model_layer *y = &m->layer[l];
        size_t in = l ? H : c->inputs;
        y->input = add_tensor(m, "layer", l, "input", in, k.input * H);
        y->recurrent =
            add_tensor(m, "layer", l, "recurrent", H, k.recurrent * H);
        y->bias = add_tensor(m, "layer", l, "bias", 1, k.saved * H);
    }
    size_t Kc = heads_width(c, OUT_CHORD), Km = heads_width(c, OUT_MELODY);
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
    m->relative[OUT_CHORD] = add_tensor(m, "chord", SIZE_MAX, "relative", H,
                                        heads_relative(c, OUT_CHORD));
    m->relative[OUT_MELODY] = add_tensor(m, "melody", SIZE_MAX, "relative",
                                         wide, heads_relative(c, OUT_MELODY));
    if (c->heads == HEADS_FACTORED)
        m->project_relative =
            add_tensor(m, "melody", SIZE_MAX, "chord_relative",
                       c->relative[OUT_CHORD], wide);
}

static int in_range(size_t v, size_t min, size_t max) {
    return v >= min && v <= max;
}

int model_init(struct model *m, const struct model_config *c, struct err *e) {
    *m = (struct model){.config = *c};
    if (!in_range(c->layers, 1, MODEL_MAX_LAYERS) ||
        !in_range(c->hidden, 1, MODEL_MAX_HIDDEN) ||
        !in_range(c->inputs, 1, 65535) ||
        !in_range(c->active, 1, MODEL_MAX_ACTIVE) ||
        !in_range(c->classes[OUT_CHORD], 1, SOFTMAX_CLASSES) ||
        !in_range(c->classes[OUT_MELODY], 1, SOFTMAX_CLASSES) ||
        c->copies > MODEL_MAX_COPIES || c->keys > 255 ||
        (c->keys && (!in_range(c->relative[OUT_CHORD], 1, MAX_RELATIVE) ||
                     !in_range(c->relative[OUT_MELODY], 1, MAX_RELATIVE) ||
                     c->relative_over > MAX_RELATIVE)) ||
        (c->heads == HEADS_FACTORED &&
         !in_range(c->project, 1, MODEL_MAX_HIDDEN)))
        return err_set(e, ERR_FORMAT, "model: a size is out of range");
    m->tensors = calloc(MAX_TENSORS, sizeof *m->tensors);
    if (!m->tensors)
        return err_set(e, ERR_MEM, "model: out of memory");
    list_tensors(m);
    m->weights = aligned_alloc(64, m->size * sizeof(real));
    m->transposed = aligned_alloc(64, m->size * sizeof(real));
    int bad = !m->weights || !m->transposed;
    for (int k = 0; k < OUTPUTS; k++) {
        m->relative_class[k] =
            calloc(c->keys * c->classes[k] + 1, sizeof *m->relative_class[k]);
        bad |= !m->relative_class[k];
    }
    m->relative_over_chord =
        calloc(c->classes[OUT_CHORD] * c->classes[OUT_MELODY],
               sizeof *m->relative_over_chord);
    if (bad || !m->relative_over_chord) {
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
        free(m->bf16[k]);
        free(m->relative_class[k]);
    }
    free(m->relative_over_chord);
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

int model_use_bf16(struct model *m, struct err *e) {
    if (!mat_bf16_available())
        return err_set(e, ERR_USAGE,
                       "train.precision: this processor cannot multiply "
                       "in bf16");
    for (int k = 0; k < 2 && !m->bf16[k]; k++) {
        m->bf16[k] = aligned_alloc(64, m->size * sizeof(real));
        if (!m->bf16[k])
            return err_set(e, ERR_MEM, "model: out of memory");
    }
    return 0;
}

static void refresh_bf16(struct model *m, size_t offset, size_t rows,
                         size_t cols) {
    mat_bf16_pairs(m->bf16[0] + offset,
                   mat_view_of(m->weights + offset, rows, cols));
    mat_bf16_pairs(m->bf16[1] + offset,
                   mat_view_of(m->transposed + offset, cols, rows));
}

void model_refresh(struct model *m) {
    for (size_t k = 0; k < m->tensor_count; k++) {
        const struct model_tensor *t = &m->tensors[k];
        if (t->offset != m->layer[0].input)
            mat_transpose(
                m->transposed + t->offset,
                mat_view_of(m->weights + t->offset, t->rows, t->cols));
    }
    for (size_t l = 0; l < m->config.layers && m->bf16[0]; l++) {
        size_t H = m->config.hidden;
        struct cell_blocks k = cell_blocks(m->config.cell);
        refresh_bf16(m, m->layer[l].recurrent, H, k.recurrent * H);
        if (l > 0)
            refresh_bf16(m, m->layer[l].input, H, k.input * H);
    }
}

/* ---- passes ---- */

static struct shard make_shard(const struct model *m, struct workspace *w,
                               const struct window *x, size_t first,
                               const struct training_pass *pass) {
    assert(x->T <= w->T && first + w->B <= x->slots);
    return (struct shard){m,
                          w,
                          x,
                          pass,
                          first,
                          w->B,
                          m->config.hidden,
                          cell_blocks(m->config.cell)};
}

void model_forward(const struct model *m, struct workspace *w,
                   const struct window *x, size_t first,
                   const struct training_pass *pass) {
    struct shard s = make_shard(m, w, x, first, pass);
    timing_begin(w->watch);
    for (size_t t0 = 0; t0 < x->T; t0 += w->chunk) {
        size_t t1 = t0 + w->chunk < x->T ? t0 + w->chunk : x->T;
        for (size_t l = 0; l < m->config.layers; l++)
            layers_forward(&s, l, t0, t1);
        if (!pass)
            heads_score(&s, t0, t1);
        timing_lap(w->watch, PART_HEADS);
    }
}

void model_backward(const struct model *m, struct workspace *w,
                    const struct window *x, size_t first,
                    const struct training_pass *pass) {
    struct shard s = make_shard(m, w, x, first, pass);
    size_t L = m->config.layers, n = s.B * s.H;
    timing_begin(w->watch);
    memset(w->gradient, 0, m->size * sizeof(real));
    memset(w->dh, 0, L * n * sizeof(real));
    memset(w->dc, 0, L * n * sizeof(real));
    for (size_t t1 = x->T; t1 > 0;) {
        size_t t0 = (t1 - 1) / w->chunk * w->chunk;
        layers_outputs(&s, t0, t1);
        timing_lap(w->watch, PART_BACK_GATES);
        heads_score(&s, t0, t1);
        timing_lap(w->watch, PART_HEADS);
        for (size_t l = L; l-- > 0;)
            layers_backward(&s, l, t0, t1);
        t1 = t0;
    }
}

void model_step(const struct model *m, struct workspace *w,
                const uint16_t *indices) {
    assert(w->T == 1);
    struct window x = {.T = 1, .slots = w->B, .indices = indices};
    struct shard s = make_shard(m, w, &x, 0, NULL);
    for (size_t l = 0; l < m->config.layers; l++)
        layers_forward(&s, l, 0, 1);
    workspace_carry(w, m, 1);
}

/* ---- settings ---- */

const char *const model_heads_names[] = {"independent", "factored", NULL};

#define AT(field) offsetof(struct model_config, field)

/* clang-format off */
static const struct conf_row rows[] = {
    {"model", "cell", NULL, CONF_CHOICE, AT(cell), "lstm", NULL, 0, 0,
     cell_names, 0, "kind of the recurrent layers"},
    {"model", "layers", NULL, CONF_SIZE, AT(layers), "2", NULL,
     1, MODEL_MAX_LAYERS, NULL, 0, "recurrent layers"},
    {"model", "hidden", NULL, CONF_SIZE, AT(hidden), "200", NULL,
     1, MODEL_MAX_HIDDEN, NULL, 0, "units in each layer"},
    {"model", "heads", NULL, CONF_CHOICE, AT(heads), "factored", NULL, 0, 0,
     model_heads_names, 0,
     "factored: the melody is predicted knowing the chord of the same step"},
    {"model", "project", NULL, CONF_SIZE, AT(project), "128", NULL,
     1, MODEL_MAX_HIDDEN, NULL, 0, "width of the factored melody head"},
};
/* clang-format on */

const struct conf_group model_settings = {rows, sizeof rows / sizeof *rows,
                                          CONF_GRID};
