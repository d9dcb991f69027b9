/* The network: parity with PyTorch, gradients by finite differences, and what
 * must not matter: threads, kernels, windows, chunks, what came before a reset.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "nott/base/rng.h"
#include "nott/nn/heads.h"
#include "nott/nn/model.h"
#include "nott/nn/optim.h"

/* Two ways to the same sums; the float ones differ in the last bits. */
#define SAME_ABSOLUTE IN_DOUBLE_OR_FLOAT(1e-12, 2e-5)
#define SAME_RELATIVE IN_DOUBLE_OR_FLOAT(1e-11, 2e-5)

/* ---- things to test with ---- */

static const enum cell_kind cells[] = {CELL_LSTM, CELL_GRU, CELL_TANH};
static const enum model_heads heads[] = {HEADS_INDEPENDENT, HEADS_FACTORED};

/* A tiny odd net; three rows of eleven are on at each step. */
static struct model_config tiny(enum cell_kind cell, enum model_heads head,
                                size_t layers) {
    return (struct model_config){.cell = cell,
                                 .heads = head,
                                 .layers = layers,
                                 .hidden = 5,
                                 .project = 3,
                                 .inputs = 11,
                                 .active = 3,
                                 .classes = {3, 7}};
}

/* Each kind of net with and without copies; with them, with relative classes,
 * and where their number is even, with such that are seen from an anchor. */
enum { NETS = 3 };
static const size_t copies[NETS] = {0, 3, 2};

static struct model_config copying(enum cell_kind cell, enum model_heads head,
                                   size_t layers, size_t copied) {
    struct model_config c = tiny(cell, head, layers);
    c.copies = copied;
    if (copied) {
        c.keys = 4;
        c.relative[OUT_CHORD] = 2;
        c.relative[OUT_MELODY] = 5;
        c.relative_over = head == HEADS_FACTORED ? 4 : 0;
    }
    if (copied && copied % 2 == 0) {
        c.relative_anchor[OUT_CHORD] = 3;
        c.relative_anchor[OUT_MELODY] = 6;
    }
    return c;
}

/* Relative classes at random; some classes have none. */
static void name_relative_classes(struct model *m, struct rng *rng) {
    const struct model_config *c = &m->config;
    for (size_t k = 0; k < OUTPUTS; k++)
        for (size_t i = 0; i < c->keys * c->classes[k]; i++)
            m->relative_class[k][i] =
                (int16_t)rng_below(rng, c->relative[k] + 1) - 1;
    size_t pairs = c->classes[OUT_CHORD] * c->classes[OUT_MELODY];
    for (size_t i = 0; i < pairs && c->relative_over; i++)
        m->relative_over_chord[i] =
            (int16_t)rng_below(rng, c->relative_over + 1) - 1;
    for (size_t k = 0; k < OUTPUTS; k++)
        for (size_t i = 0; i < c->classes[k] * c->classes[k]; i++)
            m->relative_anchor[k][i] =
                (int16_t)rng_below(rng, c->relative_anchor[k] + 1) - 1;
}

static void make_model(struct model *m, const struct model_config *c,
                       uint64_t seed) {
    struct err e = {.code = ERR_NONE};
    assert_int_equal(model_init(m, c, &e), 0);
    model_randomize(m, seed, 0.9, 1);
    struct rng rng; /* biases too, so that each matters in its own way */
    rng_seed(&rng, seed, 1000);
    for (size_t k = 0; k < m->tensor_count; k++) {
        const struct model_tensor *t = &m->tensors[k];
        for (size_t j = 0; t->rows == 1 && j < t->cols; j++)
            m->weights[t->offset + j] += (real)(rng_uniform(&rng) - 0.5);
    }
    name_relative_classes(m, &rng);
}

static void make_work(struct workspace *w, const struct model *m, size_t T,
                      size_t B) {
    struct err e = {.code = ERR_NONE};
    assert_int_equal(workspace_init(w, m, T, B, 1, 1, &e), 0);
}

/* Random steps, a fifth of each output not scored, tunes of about six steps;
 * of the copies some are not there, some are the target, some are the same. */
struct batch {
    uint16_t *rows;
    int16_t *target[OUTPUTS], *copy[OUTPUTS];
    uint8_t *reset, *key, *anchor[OUTPUTS];
    struct window x; /* all of the above */
};

static void make_copies(struct batch *y, const struct model_config *c, size_t k,
                        size_t n, struct rng *rng) {
    y->copy[k] = malloc((n * c->copies + 1) * sizeof *y->copy[k]);
    assert_non_null(y->copy[k]);
    for (size_t i = 0; i < n * c->copies; i++)
        y->copy[k][i] = (int16_t)rng_below(rng, c->classes[k] + 1) - 1;
    y->x.copy[k] = y->copy[k];
}

/* Without anchors nobody looks for them. */
static void make_anchors(struct batch *y, const struct model_config *c,
                         size_t k, size_t n, struct rng *rng) {
    y->anchor[k] = c->relative_anchor[k] ? malloc(n) : NULL;
    for (size_t i = 0; i < n && y->anchor[k]; i++)
        y->anchor[k][i] = (uint8_t)rng_below(rng, c->classes[k]);
    y->x.anchor[k] = y->anchor[k];
}

static void make_batch(struct batch *y, const struct model_config *c, size_t T,
                       size_t slots, uint64_t seed) {
    size_t n = T * slots;
    struct rng rng;
    rng_seed(&rng, seed, 2000);
    y->rows = malloc(n * c->active * sizeof *y->rows);
    y->reset = malloc(n);
    y->key = malloc(n);
    assert_true(y->rows && y->reset && y->key);
    for (size_t i = 0; i < n * c->active; i++)
        y->rows[i] = (uint16_t)rng_below(&rng, c->inputs);
    for (size_t i = 0; i < n; i++)
        y->reset[i] = rng_below(&rng, 6) == 0;
    for (size_t i = 0; i < n; i++)
        y->key[i] = c->keys ? (uint8_t)rng_below(&rng, c->keys) : 0;
    y->x = (struct window){.T = T,
                           .slots = slots,
                           .indices = y->rows,
                           .key = y->key,
                           .reset = y->reset};
    for (size_t k = 0; k < OUTPUTS; k++) {
        y->target[k] = malloc(n * sizeof *y->target[k]);
        assert_non_null(y->target[k]);
        for (size_t i = 0; i < n; i++)
            y->target[k][i] = rng_below(&rng, 5)
                                  ? (int16_t)rng_below(&rng, c->classes[k])
                                  : -1;
        y->x.target[k] = y->target[k];
    }
    for (size_t k = 0; k < OUTPUTS; k++)
        make_copies(y, c, k, n, &rng);
    for (size_t k = 0; k < OUTPUTS; k++)
        make_anchors(y, c, k, n, &rng);
}

static void free_batch(struct batch *y) {
    free(y->rows);
    free(y->reset);
    free(y->key);
    for (size_t k = 0; k < OUTPUTS; k++) {
        free(y->target[k]);
        free(y->copy[k]);
        free(y->anchor[k]);
    }
}

/* The anchors of an output from place i on; NULL where there are none. */
static const uint8_t *anchors_at(const struct window *x, size_t k, size_t i) {
    return x->anchor[k] ? x->anchor[k] + i : NULL;
}

/* The part of a window that begins at step t, T steps long. */
static struct window part(const struct window *x, const struct model_config *c,
                          size_t t, size_t T) {
    size_t at = t * x->slots, L = c->copies;
    return (struct window){
        .T = T,
        .slots = x->slots,
        .indices = x->indices + at * c->active,
        .target = {x->target[OUT_CHORD] + at, x->target[OUT_MELODY] + at},
        .copy = {x->copy[OUT_CHORD] + at * L, x->copy[OUT_MELODY] + at * L},
        .key = x->key + at,
        .anchor = {anchors_at(x, OUT_CHORD, at), anchors_at(x, OUT_MELODY, at)},
        .reset = x->reset ? x->reset + at : NULL};
}

static struct training_pass make_pass(double keep_input, double keep_output) {
    return (struct training_pass){.keep_input = (real)keep_input,
                                  .keep_output = (real)keep_output,
                                  .key = 77,
                                  .scale = {(real)0.3, (real)0.7}};
}

/* The loss of the last pass over T steps; wide, because differences
 * of it are taken. */
static long double loss_of(const struct workspace *w, size_t T,
                           const struct training_pass *p) {
    long double loss = 0;
    for (size_t k = 0; k < OUTPUTS; k++)
        for (size_t i = 0; i < T * w->B; i++)
            loss += (long double)p->scale[k] * (long double)w->nll[k][i];
    return loss;
}

/* A pass by one thread, over weights that may have changed. */
static void run(struct model *m, struct workspace *w, const struct window *x,
                const struct training_pass *p) {
    model_refresh(m, 1, &team_alone);
    model_run(m, w, x, p, &team_alone);
}

/* The same from states of zero. */
static void train(struct model *m, struct workspace *w, const struct window *x,
                  const struct training_pass *p) {
    workspace_clear_state(w, m);
    run(m, w, x, p);
}

static double norm_of(const real *g, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)g[i] * (double)g[i];
    return sqrt(sum);
}

/* ---- parity with PyTorch ---- */

enum { NT = 6, NB = 3, STEPS = NT * NB, LOSSES = 10 };

#define NET_ABSOLUTE IN_DOUBLE_OR_FLOAT(1e-12, 2e-6)
#define NET_RELATIVE IN_DOUBLE_OR_FLOAT(1e-10, 2e-5)

static void load_net(struct model *m, struct batch *y, const struct fixture *f,
                     enum model_heads head) {
    const struct model_config c = {.cell = CELL_LSTM,
                                   .heads = head,
                                   .layers = 2,
                                   .hidden = 5,
                                   .project = 3,
                                   .inputs = 9,
                                   .active = 2,
                                   .classes = {3, 4}};
    assert_int_equal(model_init(m, &c, NULL), 0);
    for (size_t k = 0; k < m->tensor_count; k++) {
        const struct model_tensor *t = &m->tensors[k];
        const double *v = fixture_get(f, t->name, t->rows, t->cols);
        for (size_t i = 0; i < t->rows * t->cols; i++)
            m->weights[t->offset + i] = (real)v[i];
    }
    make_batch(y, &c, NT, NB, 0);
    const double *rows = fixture_get(f, "rows", STEPS, 2);
    const double *mask = fixture_get(f, "mask", STEPS, 1);
    const double *reset = fixture_get(f, "reset", STEPS, 1);
    const double *chord = fixture_get(f, "chord", STEPS, 1);
    const double *melody = fixture_get(f, "melody", STEPS, 1);
    for (size_t i = 0; i < STEPS; i++) {
        y->rows[2 * i] = (uint16_t)rows[2 * i];
        y->rows[2 * i + 1] = (uint16_t)rows[2 * i + 1];
        y->reset[i] = reset[i] != 0;
        y->target[OUT_CHORD][i] = mask[i] != 0 ? (int16_t)chord[i] : -1;
        y->target[OUT_MELODY][i] = mask[i] != 0 ? (int16_t)melody[i] : -1;
    }
}

static void check_first_update(const struct model *m, const struct workspace *w,
                               const struct fixture *f, double scored) {
    double nll[OUTPUTS] = {0};
    for (size_t k = 0; k < OUTPUTS; k++)
        for (size_t i = 0; i < STEPS; i++)
            nll[k] += (double)w->nll[k][i] / scored;
    assert_near_value(nll[OUT_CHORD], fixture_get(f, "nll_chord", 1, 1)[0],
                      NET_ABSOLUTE, NET_RELATIVE);
    assert_near_value(nll[OUT_MELODY], fixture_get(f, "nll_melody", 1, 1)[0],
                      NET_ABSOLUTE, NET_RELATIVE);
    for (size_t k = 0; k < m->tensor_count; k++) {
        const struct model_tensor *t = &m->tensors[k];
        char name[40];
        snprintf(name, sizeof name, "d.%s", t->name);
        assert_near_named(name, w->gradient + t->offset,
                          fixture_get(f, name, t->rows, t->cols),
                          t->rows * t->cols, NET_ABSOLUTE, NET_RELATIVE);
    }
}

static void net_parity(const char *file, enum model_heads head) {
    struct fixture f;
    struct model m;
    struct batch y;
    struct workspace w;
    struct optim o;
    fixture_read(&f, file);
    load_net(&m, &y, &f, head);
    make_work(&w, &m, NT, NB);
    const struct optim_config adam = {
        .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    assert_int_equal(optim_init(&o, &adam, m.size, NULL, NULL), 0);
    double scored = 0;
    for (size_t i = 0; i < STEPS; i++)
        scored += y.target[OUT_CHORD][i] >= 0;
    struct training_pass p = make_pass(1, 1);
    p.scale[OUT_CHORD] = p.scale[OUT_MELODY] = (real)(0.5 / scored);
    const double *losses = fixture_get(&f, "losses", 1, LOSSES);
    assert_true(losses[0] == fixture_get(&f, "loss", 1, 1)[0]);
    for (size_t update = 0; update < LOSSES; update++) {
        train(&m, &w, &y.x, &p);
        assert_near_value((double)loss_of(&w, NT, &p), losses[update],
                          IN_DOUBLE_OR_FLOAT(1e-10, 5e-5), 0);
        if (update == 0)
            check_first_update(&m, &w, &f, scored);
        double norm = norm_of(w.gradient, m.size);
        for (size_t i = 0; i < m.size && norm > 1; i++)
            w.gradient[i] = (real)((double)w.gradient[i] / norm);
        struct optim_update how = optim_next(&o, 1, 0.05);
        optim_step(&o, &how, m.weights, w.gradient, 0, optim_blocks(m.size));
    }
    optim_free(&o);
    workspace_free(&w);
    free_batch(&y);
    model_free(&m);
    fixture_free(&f);
}

static void test_net(void **state) {
    (void)state;
    net_parity("net.txt", HEADS_INDEPENDENT);
}

static void test_net_factored(void **state) {
    (void)state;
    net_parity("net_factored.txt", HEADS_FACTORED);
}

/* ---- gradients by finite differences ---- */

/* With a pass, the steps are scored on the way back. */
static long double loss_at(struct model *m, struct workspace *w,
                           const struct window *x,
                           const struct training_pass *p) {
    train(m, w, x, p);
    return loss_of(w, x->T, p);
}

/* Central difference of the loss by weight i. */
static double difference(struct model *m, struct workspace *w,
                         const struct window *x, const struct training_pass *p,
                         size_t i) {
    const double step = 1e-5;
    double old = (double)m->weights[i];
    m->weights[i] = (real)(old + step);
    long double above = loss_at(m, w, x, p);
    m->weights[i] = (real)(old - step);
    long double below = loss_at(m, w, x, p);
    m->weights[i] = (real)old;
    return (double)(above - below) / (2 * step);
}

/* The gradient of each tensor against differences: of every weight, or of
 * `sample` random ones of each tensor. The error keeps its sign: a gradient of
 * the wrong sign is off by 2. Small ones, where rounding rules the difference,
 * are held against 1. */
static void check_gradient(struct model *m, const struct window *x,
                           const struct training_pass *p, size_t sample) {
    struct workspace w;
    struct rng rng;
    rng_seed(&rng, 9, 0);
    make_work(&w, m, x->T, x->slots);
    train(m, &w, x, p);
    real *g = malloc(m->size * sizeof *g);
    assert_non_null(g);
    memcpy(g, w.gradient, m->size * sizeof *g);
    for (size_t k = 0; k < m->tensor_count; k++) {
        const struct model_tensor *t = &m->tensors[k];
        size_t n = t->rows * t->cols, todo = sample ? sample : n;
        double largest = 0;
        struct near near = {.absolute = 1e-7};
        for (size_t j = 0; j < todo; j++) {
            size_t i = t->offset + (sample ? rng_below(&rng, n) : j);
            double want = difference(m, &w, x, p, i), got = (double)g[i];
            double size = fmax(fmax(fabs(want), fabs(got)), 1);
            near_add(&near, (got - want) / size, 0);
            largest = fmax(largest, fabs(got));
        }
        near_check(&near, t->name, __FILE__, __LINE__);
        if (largest < 1e-6)
            fail_msg("%s: the gradient is 0 throughout", t->name);
    }
    free(g);
    workspace_free(&w);
}

static void differences(const struct model_config *c, size_t T, size_t slots,
                        const struct training_pass *p, size_t sample) {
    struct model m;
    struct batch y;
    make_model(&m, c, 1);
    make_batch(&y, c, T, slots, 2);
    check_gradient(&m, &y.x, p, sample);
    free_batch(&y);
    model_free(&m);
}

/* Every weight of every kind of net: masks, tunes that begin in mid-window,
 * dropout at both places. */
static void test_gradient(void **state) {
    (void)state;
    DOUBLE_ONLY();
    const struct training_pass p = make_pass(0.8, 0.7);
    for (size_t k = 0; k < 3; k++)
        for (size_t h = 0; h < 2; h++)
            for (size_t layers = 1; layers <= 3; layers++) {
                struct model_config c = tiny(cells[k], heads[h], layers);
                differences(&c, 9, 3, &p, 0);
                c.copies = layers == 3 ? MODEL_MAX_COPIES : layers;
                differences(&c, 9, 3, &p, 0);
                c = copying(cells[k], heads[h], layers, 2);
                differences(&c, 9, 3, &p, 0);
            }
}

/* Windows longer than a batched product: 85 steps of 3 slots; one step of more
 * slots than fit. */
static void test_gradient_chunks(void **state) {
    (void)state;
    DOUBLE_ONLY();
    const struct training_pass p = make_pass(0.8, 0.7);
    for (size_t k = 0; k < 3; k++)
        for (size_t h = 0; h < 2 * NETS; h++) {
            struct model_config c =
                copying(cells[k], heads[h % 2], 2, copies[h / 2]);
            differences(&c, 200, 3, &p, 6);
            differences(&c, 4, 300, &p, 2);
        }
}

/* Without dropout, and no tune beginning anywhere. */
static void test_gradient_plain(void **state) {
    (void)state;
    DOUBLE_ONLY();
    const struct training_pass p = make_pass(1, 1);
    for (size_t k = 0; k < 3 * NETS; k++) {
        struct model_config c =
            copying(cells[k % 3], HEADS_FACTORED, 2, copies[k / 3]);
        struct model m;
        struct batch y;
        make_model(&m, &c, 1);
        make_batch(&y, &c, 7, 2, 2);
        y.x.reset = NULL;
        check_gradient(&m, &y.x, &p, 0);
        free_batch(&y);
        model_free(&m);
    }
}

/* The smallest sizes: matrices of one row. */
static void test_gradient_smallest(void **state) {
    (void)state;
    DOUBLE_ONLY();
    const struct training_pass p = make_pass(1, 1);
    for (size_t k = 0; k < 3; k++)
        for (size_t h = 0; h < 2 * NETS; h++) {
            struct model_config c = copying(cells[k], heads[h % 2], 2, h / 2);
            c.hidden = c.project = c.active = 1;
            differences(&c, 9, 3, &p, 0);
        }
}

/* An output of weight 0 in the loss has no gradient and does not disturb the
 * other's. */
static void test_gradient_of_one_output(void **state) {
    (void)state;
    for (size_t h = 0; h < 2 * NETS; h++)
        for (size_t off = 0; off < OUTPUTS; off++) {
            struct model_config c =
                copying(CELL_LSTM, heads[h % 2], 2, copies[h / 2]);
            struct model m;
            struct batch y;
            struct workspace zero, tiny_weight;
            make_model(&m, &c, 1);
            make_batch(&y, &c, 7, 3, 2);
            make_work(&zero, &m, 7, 3);
            make_work(&tiny_weight, &m, 7, 3);
            struct training_pass p = make_pass(1, 1);
            p.scale[off] = 0;
            train(&m, &zero, &y.x, &p);
            p.scale[off] = (real)1e-30f;
            train(&m, &tiny_weight, &y.x, &p);
            assert_near_reals(zero.gradient, tiny_weight.gradient, m.size,
                              1e-25, 0);
            assert_true(norm_of(zero.gradient, m.size) > 0.01);
            workspace_free(&zero);
            workspace_free(&tiny_weight);
            free_batch(&y);
            model_free(&m);
        }
}

/* Of tunes whose chords are unknown: the melody alone is learnt, over no chord,
 * and the chords' own weights stay as they are. */
static void test_gradient_unknown_chords(void **state) {
    (void)state;
    for (size_t h = 0; h < 2 * NETS; h++) {
        const struct training_pass p = make_pass(0.8, 0.7);
        struct model_config c =
            copying(CELL_LSTM, heads[h % 2], 2, copies[h / 2]);
        struct model m;
        struct batch y;
        struct workspace w;
        make_model(&m, &c, 1);
        make_batch(&y, &c, 9, 3, 2);
        for (size_t i = 0; i < 27; i++)
            y.target[OUT_CHORD][i] = -1;
        make_work(&w, &m, 9, 3);
        train(&m, &w, &y.x, &p);
        for (size_t k = 0; k < m.tensor_count; k++) {
            const struct model_tensor *t = &m.tensors[k];
            int of_chords = strncmp(t->name, "chord.", 6) == 0 ||
                            strncmp(t->name, "melody.chord", 12) == 0;
            double norm = norm_of(w.gradient + t->offset, t->rows * t->cols);
            assert_true(of_chords ? norm == 0 : norm > 0);
        }
        struct near near = {.absolute = 1e-7};
        for (size_t i = 0; i < m.size && sizeof(real) == sizeof(double);
             i += 11) {
            double got = (double)w.gradient[i];
            struct workspace other;
            make_work(&other, &m, 9, 3);
            near_add(&near, got - difference(&m, &other, &y.x, &p, i), 0);
            workspace_free(&other);
        }
        near_check(&near, "gradient", __FILE__, __LINE__);
        workspace_free(&w);
        free_batch(&y);
        model_free(&m);
    }
}

/* ---- what must not matter ---- */

/* In bfloat16 the gradient keeps its length and direction, and scoring without
 * training is not touched. */
static void bf16(const struct model_config *c) {
    enum { T = 40, SLOTS = 5 };
    const struct training_pass p = make_pass(0.8, 0.7);
    struct err e = {.code = ERR_NONE};
    struct model m;
    struct batch y;
    struct workspace full, rounded;
    assert_int_equal(model_init(&m, c, &e), 0);
    model_randomize(&m, 3, 0, 1); /* as trained: small, so not chaotic */
    make_batch(&y, c, T, SLOTS, 4);
    make_work(&full, &m, T, SLOTS);
    train(&m, &full, &y.x, &p);
    assert_int_equal(model_use_bf16(&m, &e), 0);
    make_work(&rounded, &m, T, SLOTS);
    train(&m, &rounded, &y.x, &p);
    double dot = 0, norm = norm_of(full.gradient, m.size);
    for (size_t i = 0; i < m.size; i++)
        dot += (double)full.gradient[i] * (double)rounded.gradient[i];
    double other = norm_of(rounded.gradient, m.size);
    assert_true(
        memcmp(full.gradient, rounded.gradient, m.size * sizeof(real)) != 0);
    assert_true(fabs(other / norm - 1) < 0.01);
    assert_true(dot / (norm * other) > 0.9998);
    workspace_clear_state(&full, &m);
    workspace_clear_state(&rounded, &m);
    run(&m, &rounded, &y.x, NULL);
    free(m.bf16);
    m.bf16 = NULL;
    run(&m, &full, &y.x, NULL);
    for (size_t k = 0; k < OUTPUTS; k++)
        assert_memory_equal(full.nll[k], rounded.nll[k],
                            T * SLOTS * sizeof(real));
    workspace_free(&full);
    workspace_free(&rounded);
    free_batch(&y);
    model_free(&m);
}

static void test_bf16(void **state) {
    (void)state;
    if (!mat_bf16_available()) {
        print_message("this processor cannot multiply in bfloat16\n");
        skip();
    }
    for (size_t k = 0; k < 3; k++)
        for (size_t layers = 1; layers < 3; layers++) {
            struct model_config c = tiny(cells[k], HEADS_FACTORED, layers);
            c.hidden = 19;
            bf16(&c);
            c.copies = 3;
            bf16(&c);
        }
}

struct passing {
    struct model *m;
    struct workspace *w;
    const struct window *x;
    const struct training_pass *p;
};

static void pass_together(void *arg, const struct team_member *who) {
    struct passing *p = arg;
    model_refresh(p->m, 1, who);
    model_run(p->m, p->w, p->x, p->p, who);
}

/* Two windows by a team of so many threads, from states of zero. */
static void train_together(struct model *m, struct workspace *w,
                           const struct window *x,
                           const struct training_pass *p, int threads) {
    struct team *team = team_new(threads);
    assert_non_null(team);
    workspace_clear_state(w, m);
    for (int i = 0; i < 2; i++)
        team_run(team, pass_together, &(struct passing){m, w, x, p});
    team_free(team);
}

static void assert_same_work(const struct workspace *a,
                             const struct workspace *b, const struct model *m,
                             size_t places) {
    for (size_t k = 0; k < OUTPUTS; k++)
        assert_memory_equal(a->nll[k], b->nll[k], places * sizeof(real));
    assert_memory_equal(a->gradient, b->gradient, m->size * sizeof(real));
    for (size_t l = 0; l < m->config.layers; l++)
        assert_memory_equal(a->layer[l].h, b->layer[l].h,
                            a->B * m->config.hidden * sizeof(real));
}

/* By our kernels any number of threads gives the same bits: fewer and more than
 * slots, than panels of units, and than processors. */
static void threads(const struct model_config *c, int bf16) {
    enum { T = 40, SLOTS = 5 };
    static const int sizes[] = {2, 3, 4, 7, 16};
    const struct training_pass p = make_pass(0.8, 0.7);
    struct model m;
    struct batch y;
    struct workspace alone, together;
    make_model(&m, c, 3);
    assert_true(!bf16 || model_use_bf16(&m, NULL) == 0);
    make_batch(&y, c, T, SLOTS, 4);
    make_work(&alone, &m, T, SLOTS);
    assert_int_equal(workspace_init(&together, &m, T, SLOTS, 1, 16, NULL), 0);
    train_together(&m, &alone, &y.x, &p, 1);
    assert_true(norm_of(alone.gradient, m.size) > 1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        train_together(&m, &together, &y.x, &p, sizes[i]);
        assert_same_work(&alone, &together, &m, T * SLOTS);
    }
    workspace_free(&alone);
    workspace_free(&together);
    free_batch(&y);
    model_free(&m);
}

static void test_threads(void **state) {
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (size_t h = 0; h < NETS; h++) {
            struct model_config c =
                copying(cells[k], heads[h != 0], 2, copies[h]);
            threads(&c, 0);
            c.hidden = 83; /* six panels, the last of three units */
            threads(&c, 0);
            if (mat_bf16_available())
                threads(&c, 1);
        }
}

/* Every kernel gives the bits of the plain one; then so do all processors. */
static void kernels(const struct model_config *c) {
    enum { T = 30, SLOTS = 9 };
    const struct training_pass p = make_pass(0.8, 0.7);
    struct model m;
    struct batch y;
    struct workspace plain, other;
    make_model(&m, c, 3);
    make_batch(&y, c, T, SLOTS, 4);
    make_work(&plain, &m, T, SLOTS);
    make_work(&other, &m, T, SLOTS);
    mat_use(MAT_PLAIN, NULL);
    train_together(&m, &plain, &y.x, &p, 1);
    for (int k = MAT_AVX2; k < MAT_KERNEL; k++)
        if (mat_use((enum mat_backend)k, NULL) == 0) {
            train_together(&m, &other, &y.x, &p, 1);
            assert_same_work(&plain, &other, &m, T * SLOTS);
        }
    workspace_free(&plain);
    workspace_free(&other);
    free_batch(&y);
    model_free(&m);
}

static void test_kernels(void **state) {
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (size_t h = 0; h < 2 * NETS; h++) {
            struct model_config c =
                copying(cells[k], heads[h % 2], 2, copies[h / 2]);
            c.hidden = 43;
            kernels(&c);
        }
}

/* One window of 2T steps against two of T. */
static void carry(const struct model_config *c) {
    enum { T = 60, SLOTS = 3, N = T * SLOTS };
    struct model m;
    struct batch y;
    struct workspace whole, part_of_it;
    make_model(&m, c, 5);
    make_batch(&y, c, 2 * T, SLOTS, 6);
    make_work(&whole, &m, 2 * T, SLOTS);
    make_work(&part_of_it, &m, T, SLOTS);
    run(&m, &whole, &y.x, NULL);
    for (size_t s = 0; s < 2; s++) {
        struct window x = part(&y.x, c, s * T, T);
        run(&m, &part_of_it, &x, NULL);
        for (size_t k = 0; k < OUTPUTS; k++)
            assert_near_reals(part_of_it.nll[k], whole.nll[k] + s * N, N,
                              SAME_ABSOLUTE, SAME_RELATIVE);
    }
    workspace_free(&whole);
    workspace_free(&part_of_it);
    free_batch(&y);
    model_free(&m);
}

static void test_carry(void **state) {
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (size_t layers = 1; layers <= 3; layers++) {
            struct model_config c = tiny(cells[k], HEADS_FACTORED, layers);
            carry(&c);
            c.copies = 3;
            carry(&c);
            c = copying(cells[k], HEADS_FACTORED, layers, 2);
            carry(&c);
        }
}

/* Step t of the window, taken alone, against what the window gave there. */
static void check_step(const struct model *m, struct workspace *one,
                       const struct batch *y, const struct workspace *whole,
                       size_t t) {
    size_t slots = y->x.slots, L = m->config.copies;
    model_step(m, one, y->rows + t * slots * m->config.active);
    for (size_t b = 0; b < slots; b++)
        for (size_t k = 0; k < OUTPUTS; k++) {
            size_t i = t * slots + b, K = m->config.classes[k], top = 0;
            int y_k = y->target[k][i];
            real log_p[8];
            struct heads_given given = {y->target[OUT_CHORD] + i,
                                        y->copy[k] + i * L, y->key + i,
                                        anchors_at(&y->x, k, i)};
            heads_log_p(m, one, b, 1, (enum model_output)k, &given, NULL,
                        log_p);
            for (size_t j = 1; j < K; j++)
                if (log_p[j] > log_p[top])
                    top = j;
            assert_int_equal(whole->best[k][i], y_k < 0 ? -1 : (int)top);
            double nll = y_k < 0 ? 0 : -(double)log_p[y_k];
            assert_near_value(nll, (double)whole->nll[k][i], SAME_ABSOLUTE,
                              SAME_RELATIVE);
        }
}

/* After a step: what all slots are given together is what each is given. */
static void check_all_slots(const struct model *m, struct workspace *one,
                            const struct batch *y, size_t t,
                            const struct softmax_params *params) {
    enum { ROOM = 8 };
    size_t slots = y->x.slots, L = m->config.copies, at = t * slots;
    for (size_t k = 0; k < OUTPUTS; k++) {
        size_t K = m->config.classes[k];
        real all[ROOM * ROOM], own[ROOM];
        assert_true(slots <= ROOM && K <= ROOM);
        struct heads_given given = {y->target[OUT_CHORD] + at,
                                    y->copy[k] + at * L, y->key + at,
                                    anchors_at(&y->x, k, at)};
        heads_log_p(m, one, 0, slots, (enum model_output)k, &given, params,
                    all);
        for (size_t b = 0; b < slots; b++) {
            double sum = 0;
            struct heads_given mine = {given.chord + b, given.copy + b * L,
                                       given.key + b,
                                       anchors_at(&y->x, k, at + b)};
            heads_log_p(m, one, b, 1, (enum model_output)k, &mine, params, own);
            assert_near_reals(all + b * K, own, K, SAME_ABSOLUTE,
                              SAME_RELATIVE);
            for (size_t j = 0; j < K; j++)
                sum += exp((double)own[j]);
            assert_near_value(sum, 1, IN_DOUBLE_OR_FLOAT(1e-14, 2e-6), 0);
        }
    }
}

static void step_by_step(const struct model_config *c) {
    enum { T = 12, SLOTS = 4 };
    const struct softmax_params warm = {(real)0.7, 0, 0};
    struct model m;
    struct batch y;
    struct workspace whole, one;
    make_model(&m, c, 7);
    make_batch(&y, c, T, SLOTS, 8);
    y.x.reset = NULL;
    make_work(&whole, &m, T, SLOTS);
    assert_int_equal(workspace_init(&one, &m, 1, SLOTS, 0, 1, NULL), 0);
    run(&m, &whole, &y.x, NULL);
    for (size_t t = 0; t < T; t++) {
        check_step(&m, &one, &y, &whole, t);
        check_all_slots(&m, &one, &y, t, NULL);
        check_all_slots(&m, &one, &y, t, &warm);
    }
    workspace_free(&whole);
    workspace_free(&one);
    free_batch(&y);
    model_free(&m);
}

static void test_step_by_step(void **state) {
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (size_t h = 0; h < 2; h++) {
            struct model_config c = tiny(cells[k], heads[h], 3);
            step_by_step(&c);
            c.copies = 3;
            step_by_step(&c);
            c = copying(cells[k], heads[h], 3, 2);
            step_by_step(&c);
        }
}

/* ---- relative classes ---- */

/* Of how many groups class j of an output has the relative class in column i:
 * those of the key, of the chord, of the anchor. */
static int times_lifted(const struct model *m, enum model_output k,
                        const struct heads_given *g, size_t i, size_t j) {
    const struct model_config *c = &m->config;
    size_t K = c->classes[k];
    long at = (long)i, of_key = m->relative_class[k][*g->key * K + j];
    int times = of_key == at;
    at -= (long)c->relative[k];
    if (k == OUT_MELODY && c->relative_over) {
        int over = *g->chord < 0
                       ? -1
                       : m->relative_over_chord[(size_t)*g->chord * K + j];
        times += over >= 0 && over == at;
        at -= (long)c->relative_over;
    }
    int far =
        c->relative_anchor[k] ? m->relative_anchor[k][*g->anchor * K + j] : -1;
    return times + (far >= 0 && far == at);
}

/* All weights are 0 but those of one column, and biases that make it felt. */
static void set_column(struct model *m, enum model_output k, size_t i) {
    const struct model_config *c = &m->config;
    const struct model_matrix *y = &m->relative[k];
    memset(m->weights, 0, m->size * sizeof *m->weights);
    for (size_t j = 0; j < 4 * c->hidden; j++)
        m->weights[m->layer[c->layers - 1].bias + j] = 1;
    for (size_t j = 0; j < c->project && c->heads == HEADS_FACTORED; j++)
        m->weights[m->project_bias + j] = 1;
    for (size_t j = 0; j < y->rows; j++)
        m->weights[y->offset + j * y->cols + i] = (real)0.5;
    model_refresh(m, 0, &team_alone);
}

/* The classes that have the relative class of the column are likelier. */
static size_t check_column(struct model *m, enum model_output k, size_t i,
                           const struct heads_given *given) {
    struct workspace w;
    real log_p[8];
    const uint16_t rows[3] = {0};
    size_t lifted = 0, K = m->config.classes[k];
    double base = 0, sum = 0;
    set_column(m, k, i);
    assert_int_equal(workspace_init(&w, m, 1, 1, 0, 1, NULL), 0);
    model_step(m, &w, rows);
    heads_log_p(m, &w, 0, 1, k, given, NULL, log_p);
    double lift = (double)w.relative[k][i];
    assert_true(lift > 0.1);
    for (size_t j = 0; j < K; j++)
        sum += exp(lift * times_lifted(m, k, given, i, j));
    base = -log(sum);
    for (size_t j = 0; j < K; j++) {
        int times = times_lifted(m, k, given, i, j);
        assert_near_value((double)log_p[j], base + lift * times, SAME_ABSOLUTE,
                          SAME_RELATIVE);
        lifted += times > 0;
    }
    workspace_free(&w);
    return lifted;
}

static void test_relative(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 19, 0);
    for (size_t n = 1; n < NETS; n++)
        for (size_t h = 0; h < 2; h++) {
            struct model_config c = copying(CELL_LSTM, heads[h], 2, copies[n]);
            struct model m;
            size_t lifted = 0;
            c.copies = 0;
            make_model(&m, &c, 20);
            for (int times = 0; times < 100; times++) {
                enum model_output k = (enum model_output)(times % 2);
                int16_t chord = (int16_t)rng_below(&r, 4) - 1;
                uint8_t key = (uint8_t)rng_below(&r, 4);
                uint8_t anchor = (uint8_t)rng_below(&r, c.classes[k]);
                struct heads_given given = {&chord, NULL, &key, &anchor};
                size_t i = rng_below(&r, heads_relative(&c, k));
                lifted += check_column(&m, k, i, &given);
            }
            assert_true(lifted > 40);
            model_free(&m);
        }
}

/* ---- copied states ---- */

/* From step AT on the last slot is given what the first one is. */
enum { COPY_STEPS = 10, COPY_AT = 4, COPY_SLOTS = 4, COPY_LAST = 3 };

static void make_alike(struct batch *y, const struct model_config *c) {
    make_batch(y, c, COPY_STEPS, COPY_SLOTS, 18);
    for (size_t t = COPY_AT; t < COPY_STEPS; t++) {
        uint16_t *rows = y->rows + t * COPY_SLOTS * c->active;
        memcpy(rows + COPY_LAST * c->active, rows, c->active * sizeof *rows);
    }
}

/* Having got its state it goes on as that one to the last bit, and the others
 * go on undisturbed. */
static void copied_state(const struct model_config *c) {
    struct model m;
    struct batch y;
    struct workspace w, other;
    size_t H = c->hidden, bytes = H * sizeof(real);
    make_model(&m, c, 17);
    make_alike(&y, c);
    assert_int_equal(workspace_init(&w, &m, 1, COPY_SLOTS, 0, 1, NULL), 0);
    assert_int_equal(workspace_init(&other, &m, 1, COPY_SLOTS, 0, 1, NULL), 0);
    for (size_t t = 0; t < COPY_STEPS; t++) {
        if (t == COPY_AT)
            workspace_copy_state(&w, &m, COPY_LAST, 0);
        model_step(&m, &w, y.rows + t * COPY_SLOTS * c->active);
        model_step(&m, &other, y.rows + t * COPY_SLOTS * c->active);
        for (size_t l = 0; l < c->layers; l++) {
            const struct layer_workspace *a = &w.layer[l], *b = &other.layer[l];
            assert_memory_equal(a->out, b->out, COPY_LAST * bytes);
            assert_int_equal(memcmp(a->out, a->out + COPY_LAST * H, bytes) == 0,
                             t >= COPY_AT);
        }
    }
    workspace_free(&w);
    workspace_free(&other);
    free_batch(&y);
    model_free(&m);
}

static void test_copied_state(void **state) {
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (size_t layers = 1; layers <= 3; layers++) {
            struct model_config c = tiny(cells[k], HEADS_FACTORED, layers);
            copied_state(&c);
        }
}

/* A window that begins with a reset of every slot forgets what came before it,
 * to the last bit; slots that are not reset remember. */
static void reset_forgets(const struct model_config *c) {
    enum { T = 8, SLOTS = 3 };
    const struct training_pass p = make_pass(0.8, 0.7);
    struct model m;
    struct batch y;
    struct workspace fresh, used;
    make_model(&m, c, 9);
    make_batch(&y, c, 2 * T, SLOTS, 10);
    struct window x = part(&y.x, c, T, T), before = part(&y.x, c, 0, T);
    memset(y.reset, 0, 2 * T * SLOTS);
    make_work(&fresh, &m, T, SLOTS);
    make_work(&used, &m, T, SLOTS);
    train(&m, &fresh, &x, &p);
    for (int reset = 0; reset < 2; reset++) {
        memset(y.reset + T * SLOTS, reset, SLOTS);
        run(&m, &used, &before, &p);
        run(&m, &used, &x, &p);
        size_t bytes = T * SLOTS * sizeof(real);
        int same =
            !memcmp(used.nll[0], fresh.nll[0], bytes) &&
            !memcmp(used.nll[1], fresh.nll[1], bytes) &&
            !memcmp(used.gradient, fresh.gradient, m.size * sizeof(real));
        assert_int_equal(same, reset);
    }
    workspace_free(&fresh);
    workspace_free(&used);
    free_batch(&y);
    model_free(&m);
}

/* The same for one slot and in mid-window; the others go on undisturbed. */
static void reset_one_slot(const struct model_config *c) {
    enum { T = 14, AT = 6, SLOTS = 3, SLOT = 1 };
    struct model m;
    struct batch y;
    struct workspace without, with, fresh;
    make_model(&m, c, 11);
    make_batch(&y, c, T, SLOTS, 12);
    memset(y.reset, 0, T * SLOTS);
    struct window tail = part(&y.x, c, AT, T - AT);
    make_work(&without, &m, T, SLOTS);
    make_work(&with, &m, T, SLOTS);
    make_work(&fresh, &m, T - AT, SLOTS);
    run(&m, &without, &y.x, NULL);
    run(&m, &fresh, &tail, NULL);
    y.reset[AT * SLOTS + SLOT] = 1;
    run(&m, &with, &y.x, NULL);
    for (size_t k = 0; k < OUTPUTS; k++)
        for (size_t t = 0; t < T; t++)
            for (size_t b = 0; b < SLOTS; b++) {
                size_t i = t * SLOTS + b;
                int is_new = b == SLOT && t >= AT;
                real want =
                    is_new ? fresh.nll[k][i - AT * SLOTS] : without.nll[k][i];
                assert_near_value((double)with.nll[k][i], (double)want,
                                  SAME_ABSOLUTE, SAME_RELATIVE);
            }
    workspace_free(&without);
    workspace_free(&with);
    workspace_free(&fresh);
    free_batch(&y);
    model_free(&m);
}

static void test_reset(void **state) {
    (void)state;
    for (size_t k = 0; k < 3 * NETS; k++) {
        struct model_config c =
            copying(cells[k % 3], HEADS_FACTORED, 2, copies[k / 3]);
        reset_forgets(&c);
        reset_one_slot(&c);
    }
}

/* Same key, same dropout; another key, another; none outside training. */
static void test_dropout_key(void **state) {
    (void)state;
    enum { T = 8, SLOTS = 2 };
    const size_t bytes = T * SLOTS * sizeof(real);
    struct model_config c = tiny(CELL_LSTM, HEADS_INDEPENDENT, 2);
    struct model m;
    struct batch y;
    struct workspace a, b;
    make_model(&m, &c, 13);
    make_batch(&y, &c, T, SLOTS, 14);
    make_work(&a, &m, T, SLOTS);
    make_work(&b, &m, T, SLOTS);
    struct training_pass p = make_pass(0.8, 0.7), none = make_pass(1, 1);
    train(&m, &a, &y.x, &p);
    train(&m, &b, &y.x, &p);
    assert_memory_equal(a.nll[0], b.nll[0], bytes);
    assert_memory_equal(a.gradient, b.gradient, m.size * sizeof(real));
    p.key++;
    train(&m, &b, &y.x, &p);
    assert_memory_not_equal(a.nll[0], b.nll[0], bytes);
    train(&m, &a, &y.x, &none);
    workspace_clear_state(&b, &m);
    run(&m, &b, &y.x, NULL);
    assert_memory_equal(a.nll[0], b.nll[0], bytes);
    assert_memory_equal(a.nll[1], b.nll[1], bytes);
    workspace_free(&a);
    workspace_free(&b);
    free_batch(&y);
    model_free(&m);
}

static void test_nothing_scored(void **state) {
    (void)state;
    enum { T = 5, SLOTS = 2 };
    for (size_t h = 0; h < 2 * NETS; h++) {
        struct model_config c =
            copying(CELL_GRU, heads[h % 2], 2, copies[h / 2]);
        const struct training_pass p = make_pass(1, 1);
        struct model m;
        struct batch y;
        struct workspace w;
        make_model(&m, &c, 15);
        make_batch(&y, &c, T, SLOTS, 16);
        make_work(&w, &m, T, SLOTS);
        train(&m, &w, &y.x, &p); /* its gradient must not stay */
        for (size_t i = 0; i < T * SLOTS; i++)
            y.target[OUT_CHORD][i] = y.target[OUT_MELODY][i] = -1;
        train(&m, &w, &y.x, &p);
        assert_true(loss_of(&w, T, &p) == 0);
        assert_true(norm_of(w.gradient, m.size) == 0);
        workspace_free(&w);
        free_batch(&y);
        model_free(&m);
    }
}

/* ---- construction ---- */

static void refused(const struct model_config *c) {
    struct model m;
    struct err e = {.code = ERR_NONE};
    assert_int_equal(model_init(&m, c, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    assert_int_equal(model_init(&m, c, NULL), -1);
    model_free(&m);
}

static void test_sizes_refused(void **state) {
    (void)state;
    static const struct {
        size_t field, largest; /* offset of a size_t in the configuration */
    } ranges[] = {
        {offsetof(struct model_config, layers), MODEL_MAX_LAYERS},
        {offsetof(struct model_config, hidden), 4096},
        {offsetof(struct model_config, project), 4096},
        {offsetof(struct model_config, inputs), 65535},
        {offsetof(struct model_config, active), MODEL_MAX_ACTIVE},
        {offsetof(struct model_config, classes), SOFTMAX_CLASSES},
        {offsetof(struct model_config, classes) + sizeof(size_t),
         SOFTMAX_CLASSES},
        {offsetof(struct model_config, copies), MODEL_MAX_COPIES},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const size_t bad[] = {0, ranges[i].largest + 1, SIZE_MAX};
        int none = ranges[i].field == offsetof(struct model_config, copies);
        for (size_t k = none ? 1 : 0; k < 3; k++) { /* no copies are allowed */
            struct model_config c = tiny(CELL_LSTM, HEADS_FACTORED, 2);
            memcpy((char *)&c + ranges[i].field, &bad[k], sizeof bad[k]);
            refused(&c);
        }
    }
    for (size_t k = 0; k < OUTPUTS; k++) {
        struct model_config c = copying(CELL_LSTM, HEADS_FACTORED, 2, 2);
        c.relative_anchor[k] = 4097;
        refused(&c);
        c.relative_anchor[k] = SIZE_MAX;
        refused(&c);
    }
    struct model_config c = tiny(CELL_LSTM, HEADS_INDEPENDENT, 2);
    struct model m;
    c.project = 0; /* not used, not looked at */
    assert_int_equal(model_init(&m, &c, NULL), 0);
    model_free(&m);
}

/* With copies the heads have columns for the gates; nothing else has. */
static void check_heads(const struct model *m) {
    const struct model_config *c = &m->config;
    size_t gates = c->copies ? 1 + c->copies : 0;
    for (size_t k = 0; k < m->tensor_count; k++) {
        const struct model_tensor *t = &m->tensors[k];
        for (size_t out = 0; out < OUTPUTS; out++)
            if (t->offset == m->weight[out].offset || t->offset == m->bias[out])
                assert_int_equal(t->cols, c->classes[out] + gates);
        if (strcmp(t->name, "melody.chord") == 0)
            assert_int_equal(t->rows, c->classes[OUT_CHORD]);
        if (strcmp(t->name, "chord.relative") == 0)
            assert_int_equal(t->cols, 2 + c->relative_anchor[OUT_CHORD]);
        if (strcmp(t->name, "melody.relative") == 0)
            assert_int_equal(t->cols, 5 + c->relative_over +
                                          c->relative_anchor[OUT_MELODY]);
    }
}

/* The list covers the slab: in order, apart, aligned, each name once. */
static void test_tensors(void **state) {
    (void)state;
    for (size_t n = 0; n < 2 * NETS; n++) {
        size_t h = n % 2, copied = copies[n / 2];
        struct model_config c =
            copying(CELL_GRU, heads[h], MODEL_MAX_LAYERS, copied);
        struct model m;
        assert_int_equal(model_init(&m, &c, NULL), 0);
        assert_int_equal(m.tensor_count, 3 * MODEL_MAX_LAYERS + 4 + 3 * h +
                                             (copied ? 2 + h : 0));
        check_heads(&m);
        size_t end = 0;
        for (size_t k = 0; k < m.tensor_count; k++) {
            const struct model_tensor *t = &m.tensors[k];
            assert_true(t->offset >= end);
            assert_int_equal(t->offset * sizeof(real) % 64, 0);
            end = t->offset + t->rows * t->cols;
            for (size_t j = 0; j < k; j++)
                assert_string_not_equal(m.tensors[j].name, t->name);
        }
        assert_true(end <= m.size);
        for (size_t i = 0; i < m.size; i++)
            assert_true(m.weights[i] == 0);
        model_free(&m);
    }
}

static void test_randomize(void **state) {
    (void)state;
    struct model_config c = tiny(CELL_LSTM, HEADS_FACTORED, 2);
    struct model a, b;
    assert_int_equal(model_init(&a, &c, NULL), 0);
    assert_int_equal(model_init(&b, &c, NULL), 0);
    model_randomize(&a, 1, 0.25, 1.5);
    model_randomize(&b, 2, 0.25, 1.5);
    assert_memory_not_equal(a.weights, b.weights, a.size * sizeof(real));
    model_randomize(&b, 1, 0.25, 1.5); /* what was there does not matter */
    assert_memory_equal(a.weights, b.weights, a.size * sizeof(real));
    for (size_t k = 0; k < a.tensor_count; k++) {
        const struct model_tensor *t = &a.tensors[k];
        double low = 0, high = 0;
        struct rng rng; /* each tensor has its own stream */
        rng_seed(&rng, 1, k);
        double first = (2 * rng_uniform(&rng) - 1) * 0.25;
        if (t->rows > 1)
            assert_true(a.weights[t->offset] == (real)first);
        for (size_t i = 0; i < t->rows * t->cols && t->rows > 1; i++) {
            double w = (double)a.weights[t->offset + i];
            low = w < low ? w : low;
            high = w > high ? w : high;
        }
        if (t->rows > 1)
            assert_true(low >= -0.25 && low < 0 && high <= 0.25 && high > 0);
    }
    for (size_t l = 0; l < c.layers; l++)
        for (size_t j = 0; j < 4 * c.hidden; j++)
            assert_true(a.weights[a.layer[l].bias + j] ==
                        (real)(j / c.hidden == 1 ? 1.5 : 0));
    for (size_t j = 0; j < c.project; j++)
        assert_true(a.weights[a.project_bias + j] == 0);
    model_randomize(&a, 1, 0, 1); /* ±1/sqrt(H) */
    double largest = 0, root = 1 / sqrt((double)c.hidden);
    for (size_t i = 0; i < c.inputs * 4 * c.hidden; i++) {
        double w = fabs((double)a.weights[i]);
        largest = w > largest ? w : largest;
    }
    assert_true(largest <= root * 1.000001 && largest > 0.9 * root);
    model_free(&a);
    model_free(&b);
}

static void test_work(void **state) {
    (void)state;
    struct model_config c = tiny(CELL_GRU, HEADS_FACTORED, 2);
    struct model m;
    struct workspace w;
    make_model(&m, &c, 1);
    assert_true(workspace_bytes(&m, 10, 3, 1, 1) >=
                workspace_bytes(&m, 10, 3, 0, 1) + m.size * sizeof(real));
    assert_true(workspace_bytes(&m, 20, 3, 0, 1) >
                workspace_bytes(&m, 10, 3, 0, 1));
    assert_int_equal(workspace_init(&w, &m, 10, 3, 0, 1, NULL), 0);
    for (size_t l = 0; l < c.layers; l++)
        for (size_t i = 0; i < 3 * c.hidden; i++)
            assert_true(w.layer[l].h[i] == 0);
    workspace_free(&w);
    workspace_free(&w);
    model_free(&m);
    model_free(&m);
}

int main(void) {
    mat_use(MAT_BLAS, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_net),
        cmocka_unit_test(test_net_factored),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_gradient_chunks),
        cmocka_unit_test(test_gradient_plain),
        cmocka_unit_test(test_gradient_smallest),
        cmocka_unit_test(test_gradient_of_one_output),
        cmocka_unit_test(test_gradient_unknown_chords),
        cmocka_unit_test(test_bf16),
        cmocka_unit_test(test_carry),
        cmocka_unit_test(test_step_by_step),
        cmocka_unit_test(test_relative),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_dropout_key),
        cmocka_unit_test(test_nothing_scored),
        cmocka_unit_test(test_sizes_refused),
        cmocka_unit_test(test_tensors),
        cmocka_unit_test(test_randomize),
        cmocka_unit_test(test_work),
    };
    const struct CMUnitTest once[] = {cmocka_unit_test(test_threads),
                                      cmocka_unit_test(test_kernels),
                                      cmocka_unit_test(test_copied_state)};
    int failed = cmocka_run_group_tests_name("model (BLAS)", tests, NULL, NULL);
    mat_use(MAT_AUTO, NULL);
    failed += cmocka_run_group_tests_name("model (kernel)", tests, NULL, NULL);
    if (mat_use(MAT_KERNEL, NULL))
        mat_use(MAT_PLAIN, NULL); /* the BLAS may add in any order */
    return failed + cmocka_run_group_tests_name("model (the same bits)", once,
                                                NULL, NULL);
}
