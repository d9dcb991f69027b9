/* The network: see model.h. SPDX-License-Identifier: MIT */
#include "nott/nn/model.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedding.h"
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

/* The same for a matrix that products read, unless it has no panels. */
static struct model_matrix add_matrix(struct model *m, const char *prefix,
                                      size_t number, const char *name,
                                      size_t rows, size_t cols, size_t blocks) {
    struct model_matrix y = {add_tensor(m, prefix, number, name, rows, cols),
                             rows,
                             cols,
                             blocks,
                             {m->panels_size, m->panels_size}};
    if (blocks == 0)
        return y;
    y.panels[1] += blocks * mat_panels_size(rows, cols / blocks);
    m->panels_size = y.panels[1] + mat_panels_size(cols, rows);
    return y;
}

static void list_tensors(struct model *m) {
    const struct model_config *c = &m->config;
    struct cell_blocks k = cell_blocks(c->cell);
    size_t H = c->hidden, wide = H;
    for (size_t l = 0; l < c->layers; l++) {
        struct model_layer *y = &m->layer[l];
        size_t in = l ? H : c->inputs, blocks = l ? k.input : 0;
        y->input = add_matrix(m, "layer", l, "input", in, k.input * H, blocks);
        y->recurrent = add_matrix(m, "layer", l, "recurrent", H,
                                  k.recurrent * H, k.recurrent);
        y->bias = add_tensor(m, "layer", l, "bias", 1, k.saved * H);
    }
    size_t Kc = heads_width(c, OUT_CHORD), Km = heads_width(c, OUT_MELODY);
    m->weight[OUT_CHORD] = add_matrix(m, "chord", SIZE_MAX, "weight", H, Kc, 1);
    m->bias[OUT_CHORD] = add_tensor(m, "chord", SIZE_MAX, "bias", 1, Kc);
    if (c->heads == HEADS_FACTORED) {
        wide = c->project;
        m->project = add_matrix(m, "melody", SIZE_MAX, "project", H, wide, 1);
        m->project_bias =
            add_tensor(m, "melody", SIZE_MAX, "project_bias", 1, wide);
        m->project_chord = add_tensor(m, "melody", SIZE_MAX, "chord",
                                      c->classes[OUT_CHORD], wide);
    }
    m->weight[OUT_MELODY] =
        add_matrix(m, "melody", SIZE_MAX, "weight", wide, Km, 1);
    m->bias[OUT_MELODY] = add_tensor(m, "melody", SIZE_MAX, "bias", 1, Km);
    if (!c->keys)
        return;
    m->relative[OUT_CHORD] = add_matrix(m, "chord", SIZE_MAX, "relative", H,
                                        heads_relative(c, OUT_CHORD), 1);
    m->relative[OUT_MELODY] =
        add_matrix(m, "melody", SIZE_MAX, "relative", wide,
                   heads_relative(c, OUT_MELODY), 1);
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
                     c->relative_over > MAX_RELATIVE ||
                     c->relative_anchor[OUT_CHORD] > MAX_RELATIVE ||
                     c->relative_anchor[OUT_MELODY] > MAX_RELATIVE)) ||
        (c->heads == HEADS_FACTORED &&
         !in_range(c->project, 1, MODEL_MAX_HIDDEN)))
        return err_set(e, ERR_FORMAT, "model: a size is out of range");
    m->tensors = calloc(MAX_TENSORS, sizeof *m->tensors);
    if (!m->tensors)
        return err_set(e, ERR_MEM, "model: out of memory");
    list_tensors(m);
    m->weights = mat_new(m->size);
    m->panels = mat_new(m->panels_size);
    int bad = !m->weights || !m->panels;
    for (int k = 0; k < OUTPUTS; k++) {
        m->relative_class[k] =
            calloc(c->keys * c->classes[k] + 1, sizeof *m->relative_class[k]);
        m->relative_anchor[k] = calloc(c->classes[k] * c->classes[k],
                                       sizeof *m->relative_anchor[k]);
        bad |= !m->relative_class[k] || !m->relative_anchor[k];
    }
    m->relative_over_chord =
        calloc(c->classes[OUT_CHORD] * c->classes[OUT_MELODY],
               sizeof *m->relative_over_chord);
    if (bad || !m->relative_over_chord) {
        model_free(m);
        return err_set(e, ERR_MEM, "model: out of memory");
    }
    return 0;
}

void model_free(struct model *m) {
    free(m->tensors);
    free(m->weights);
    free(m->panels);
    free(m->bf16);
    for (int k = 0; k < OUTPUTS; k++) {
        free(m->relative_class[k]);
        free(m->relative_anchor[k]);
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
    model_refresh(m, 0, &team_alone);
}

int model_use_bf16(struct model *m, struct err *e) {
    if (!mat_bf16_available())
        return err_set(e, ERR_USAGE,
                       "train.precision: this processor cannot multiply "
                       "in bf16");
    if (!m->bf16)
        m->bf16 = mat_new(m->panels_size);
    return m->bf16 ? 0 : err_set(e, ERR_MEM, "model: out of memory");
}

/* ---- panels ---- */

static size_t block_place(const struct model_matrix *y, int transposed,
                          size_t g) {
    return y->panels[transposed] +
           g * mat_panels_size(y->rows, y->cols / y->blocks);
}

struct mat_panels model_panels(const struct model *m,
                               const struct model_matrix *y, int transposed,
                               size_t g) {
    const real *at = m->panels + block_place(y, transposed, g);
    return transposed ? mat_panels_of(at, y->cols, y->rows)
                      : mat_panels_of(at, y->rows, y->cols / y->blocks);
}

/* They take half the room that the others take. */
struct mat_panels model_bf16_panels(const struct model *m,
                                    const struct model_matrix *y,
                                    int transposed, size_t g) {
    struct mat_panels p = model_panels(m, y, transposed, g);
    return mat_bf16_panels_of(m->bf16 + block_place(y, transposed, g), p.rows,
                              p.cols);
}

/* The member's panels of block g, in both precisions. */
static void refresh_block(struct model *m, const struct model_matrix *y,
                          int transposed, size_t g, int bf16,
                          const struct team_member *who) {
    size_t wide = y->cols / y->blocks, at = block_place(y, transposed, g);
    struct mat_view src = mat_view_of(m->weights + y->offset, y->rows, y->cols);
    struct mat_panels p = model_panels(m, y, transposed, g);
    struct team_part mine = team_mine(who, mat_panels_count(p.cols), 1);
    if (!transposed)
        src = mat_view_cols(src, g * wide, wide);
    mat_panels_fill(m->panels + at, src, transposed, mine.from, mine.to);
    if (bf16)
        mat_bf16_panels_fill(m->bf16 + at, p, mine.from, mine.to);
}

static void refresh(struct model *m, const struct model_matrix *y, int train,
                    int bf16, const struct team_member *who) {
    for (size_t g = 0; g < y->blocks; g++)
        refresh_block(m, y, 0, g, bf16, who);
    if (train && y->blocks)
        refresh_block(m, y, 1, 0, bf16, who);
}

void model_refresh(struct model *m, int train, const struct team_member *who) {
    int bf16 = train && m->bf16;
    for (size_t l = 0; l < m->config.layers; l++) {
        refresh(m, &m->layer[l].input, train, bf16, who);
        refresh(m, &m->layer[l].recurrent, train, bf16, who);
    }
    for (int k = 0; k < OUTPUTS; k++) {
        refresh(m, &m->weight[k], train, 0, who);
        refresh(m, &m->relative[k], train, 0, who);
    }
    refresh(m, &m->project, train, 0, who);
    if (who->i == 0)
        m->for_training = train;
    team_wait(who);
}

/* ---- passes ---- */

/* Into how many groups of slots n threads are best cut, a divisor of n. A
 * thread of few slots reads its weights for little work, which costs about as
 * much as four slots more. */
static size_t best_groups(size_t n, size_t B, size_t H) {
    size_t best = 1, least = SIZE_MAX;
    for (size_t groups = 1; groups <= n && groups <= B; groups++) {
        size_t parts = n / groups, panels = mat_panels_count(H);
        size_t cost =
            ((panels + parts - 1) / parts) * ((B + groups - 1) / groups + 4);
        if (n % groups == 0 && cost < least) {
            least = cost;
            best = groups;
        }
    }
    return best;
}

static struct share make_share(const struct model *m, struct workspace *w,
                               const struct window *x,
                               const struct training_pass *pass,
                               const struct team_member *who) {
    assert(x->T <= w->T && w->B == x->slots && who->n <= w->threads);
    assert(!pass || m->for_training);
    size_t H = m->config.hidden, groups = best_groups(who->n, w->B, H);
    size_t parts = who->n / groups;
    return (struct share){.m = m,
                          .w = w,
                          .x = x,
                          .pass = pass,
                          .who = who,
                          .B = w->B,
                          .H = H,
                          .k = cell_blocks(m->config.cell),
                          .groups = groups,
                          .slots = team_part(w->B, 1, who->i / parts, groups),
                          .units =
                              team_part(H, MAT_PANEL, who->i % parts, parts)};
}

/* What the window has of the input. */
static void begin(const struct share *s) {
    struct team_part places = team_mine(s->who, s->x->T * s->B, 1);
    struct team_part rows = team_mine(s->who, s->m->config.inputs, 1);
    embedding_list(s, places.from, places.to);
    team_wait(s->who);
    layers_begin(s);
    if (s->pass)
        embedding_invert(s, rows.from, rows.to);
    team_wait(s->who);
}

static void forward(const struct share *s) {
    for (size_t t0 = 0; t0 < s->x->T; t0 += s->w->chunk) {
        size_t t1 = t0 + s->w->chunk < s->x->T ? t0 + s->w->chunk : s->x->T;
        for (size_t l = 0; l < s->m->config.layers; l++)
            layers_forward(s, l, t0, t1);
        if (!s->pass && s->x->target[OUT_CHORD]) {
            team_wait(s->who);
            heads_score(s, t0, t1);
            share_lap(s, PART_HEADS);
            team_wait(s->who);
        }
    }
}

/* Gradients to which all chunks add begin with zeros; a thread clears those
 * that it will add to, or all wait. */
static void clear_gradients(const struct share *s) {
    const struct model *m = s->m;
    size_t after = m->layer[m->config.layers - 1].bias;
    struct team_part mine = team_mine(s->who, m->size - after, MAT_PANEL);
    memset(s->w->gradient + after + mine.from, 0,
           team_part_size(mine) * sizeof(real));
    for (size_t l = 0; l + 1 < m->config.layers && s->who->i == 0; l++)
        memset(s->w->gradient + m->layer[l].bias, 0,
               s->k.saved * s->H * sizeof(real));
    mine = team_mine(s->who, m->config.layers * s->B * s->H, MAT_PANEL);
    memset(s->w->dh + mine.from, 0, team_part_size(mine) * sizeof(real));
    memset(s->w->dc + mine.from, 0, team_part_size(mine) * sizeof(real));
}

static void backward(const struct share *s) {
    clear_gradients(s);
    for (size_t t1 = s->x->T; t1 > 0;) {
        size_t t0 = (t1 - 1) / s->w->chunk * s->w->chunk;
        layers_outputs(s, t0, t1);
        share_lap(s, PART_BACK_GATES);
        team_wait(s->who);
        share_lap(s, PART_WAITING);
        heads_score(s, t0, t1);
        team_wait(s->who);
        share_lap(s, PART_HEADS);
        for (size_t l = s->m->config.layers; l-- > 0;)
            layers_backward(s, l, t0, t1);
        t1 = t0;
    }
    embedding_backward(s);
    share_lap(s, PART_WEIGHTS);
}

void model_run(const struct model *m, struct workspace *w,
               const struct window *x, const struct training_pass *pass,
               const struct team_member *who) {
    struct share s = make_share(m, w, x, pass, who);
    if (w->watch)
        timing_begin(w->watch + who->i);
    begin(&s);
    share_lap(&s, PART_INPUT);
    forward(&s);
    if (pass)
        backward(&s);
    team_wait(who);
    if (who->i == 0)
        workspace_carry(w, m, x->T);
    team_wait(who);
}

void model_step(const struct model *m, struct workspace *w,
                const uint16_t *indices) {
    assert(w->T == 1);
    struct window x = {.T = 1, .slots = w->B, .indices = indices};
    model_run(m, w, &x, NULL, &team_alone);
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
