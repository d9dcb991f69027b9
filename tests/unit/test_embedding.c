/* The sparse input layer against the product with the long vectors it stands
 * for, whole and cut into shares. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "nn/embedding.h"
#include "nn/layers.h"
#include "nott/base/rng.h"

enum { T = 6, B = 3, PLACES = T * B, A = 5, R = 11, H = 150 };

#define NEAR IN_DOUBLE_OR_FLOAT(1e-14, 1e-5)

/* A network of one layer, and what one window has on. */
struct bench {
    struct model model;
    struct workspace workspace;
    struct window window;
    uint16_t on[PLACES * A];
    struct training_pass pass;
    struct team_member who;
    struct share share;
};

/* Row 0 is on everywhere, row 3 nowhere, and some rows twice at a place. */
static void fill_window(struct bench *b) {
    struct rng rng;
    rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < PLACES * A; i++) {
        b->on[i] = (uint16_t)rng_below(&rng, R);
        if (i % A == 1 && i % 2)
            b->on[i] = b->on[i - 1];
        if (b->on[i] == 3)
            b->on[i] = 4;
    }
    for (size_t i = 0; i < PLACES; i++)
        b->on[i * A + i % A] = 0;
    b->window = (struct window){.T = T, .slots = B, .indices = b->on};
}

/* Of member i of n, which are the groups' members as they come. */
static void take_share(struct bench *b, size_t i, size_t n, size_t groups) {
    size_t parts = n / groups;
    b->who = (struct team_member){NULL, i, n};
    b->share =
        (struct share){.m = &b->model,
                       .w = &b->workspace,
                       .x = &b->window,
                       .pass = &b->pass,
                       .who = &b->who,
                       .B = B,
                       .H = H,
                       .k = cell_blocks(b->model.config.cell),
                       .groups = groups,
                       .slots = team_part(B, 1, i / parts, groups),
                       .units = team_part(H, MAT_PANEL, i % parts, parts)};
}

static void fill(real *x, size_t n, uint64_t stream) {
    struct rng rng;
    rng_seed(&rng, 2, stream);
    for (size_t i = 0; i < n; i++)
        x[i] = (real)(2 * rng_uniform(&rng) - 1);
}

static size_t saved_size(const struct bench *b) {
    return PLACES * cell_blocks(b->model.config.cell).saved * H;
}

static void open_bench(struct bench *b, enum cell_kind cell, double keep) {
    struct model_config c = {.cell = cell,
                             .heads = HEADS_INDEPENDENT,
                             .layers = 1,
                             .hidden = H,
                             .inputs = R,
                             .active = A,
                             .classes = {2, 2}};
    *b = (struct bench){
        .pass = {.keep_input = (real)keep, .keep_output = 1, .key = 77}};
    assert_int_equal(model_init(&b->model, &c, NULL), 0);
    model_randomize(&b->model, 5, 1, 1);
    assert_int_equal(workspace_init(&b->workspace, &b->model, T, B, 1, 1, NULL),
                     0);
    fill_window(b);
    take_share(b, 0, 1, 1);
    fill(b->workspace.layer[0].saved, saved_size(b), 0);
}

static void close_bench(struct bench *b) {
    workspace_free(&b->workspace);
    model_free(&b->model);
}

/* By what the k-th row of a place is multiplied. */
static void place_scale(const struct bench *b, size_t place, real scale[A]) {
    for (size_t k = 0; k < A; k++)
        scale[k] = 1;
    if (b->share.pass)
        layers_input_dropout(&b->share, place, scale);
}

/* The input of a place as a vector. */
static void dense_input(const struct bench *b, size_t place, double x[R]) {
    real scale[A];
    place_scale(b, place, scale);
    for (size_t r = 0; r < R; r++)
        x[r] = 0;
    for (size_t k = 0; k < A; k++)
        x[b->on[place * A + k]] += (double)scale[k];
}

/* ---- lists ---- */

static void list_all(struct bench *b) {
    embedding_list(&b->share, 0, b->window.T * B);
    embedding_invert(&b->share, 0, R);
}

/* In the order they are given, without those that dropout takes. */
static size_t check_list(const struct bench *b) {
    size_t dropped = 0;
    for (size_t i = 0; i < PLACES; i++) {
        real scale[A];
        size_t n = 0;
        place_scale(b, i, scale);
        for (size_t k = 0; k < A; k++) {
            if (scale[k] == 0)
                continue;
            assert_int_equal(b->workspace.row[i * A + n], b->on[i * A + k]);
            assert_true(b->workspace.row_scale[i * A + n] == scale[k]);
            n++;
        }
        assert_int_equal(b->workspace.row_count[i], n);
        dropped += A - n;
    }
    return dropped;
}

static void test_list(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b, CELL_LSTM, 1);
    embedding_list(&b.share, 0, PLACES);
    assert_int_equal(check_list(&b), 0);
    close_bench(&b);
    open_bench(&b, CELL_LSTM, 0.5);
    embedding_list(&b.share, 0, PLACES);
    size_t dropped = check_list(&b);
    assert_in_range(dropped, PLACES * A / 4, PLACES * A * 3 / 4);
    assert_true(b.workspace.row_scale[0] == 2);
    b.share.pass = NULL; /* none outside training */
    embedding_list(&b.share, 0, PLACES);
    assert_int_equal(check_list(&b), 0);
    close_bench(&b);
}

/* The uses of row r in the order of the places. */
static size_t check_uses(const struct bench *b, size_t r, size_t at) {
    const struct workspace *w = &b->workspace;
    for (size_t i = 0; i < PLACES; i++)
        for (size_t k = 0; k < w->row_count[i]; k++)
            if (w->row[i * A + k] == r) {
                assert_int_equal(w->use[at], i);
                assert_true(w->use_scale[at] == w->row_scale[i * A + k]);
                at++;
            }
    assert_int_equal(w->use_end[r], at);
    return at;
}

static void test_invert(void **state) {
    (void)state;
    for (int half = 0; half < 2; half++) {
        struct bench b;
        open_bench(&b, CELL_LSTM, half ? 0.5 : 1);
        list_all(&b);
        size_t at = 0, nowhere = 0;
        for (size_t r = 0; r < R; r++) {
            size_t before = at;
            at = check_uses(&b, r, at);
            nowhere += at == before;
        }
        assert_true(half ? at < PLACES * A : at == PLACES * A);
        assert_true(nowhere >= 1);
        close_bench(&b);
    }
}

/* Lists made part by part, the last part first, are those of the whole. */
static void test_lists_in_parts(void **state) {
    (void)state;
    for (size_t n = 1; n <= 13; n++) {
        struct bench whole, parts;
        open_bench(&whole, CELL_LSTM, 0.8);
        open_bench(&parts, CELL_LSTM, 0.8);
        list_all(&whole);
        for (size_t i = n; i-- > 0;) {
            struct team_part p = team_part(PLACES, 1, i, n);
            embedding_list(&parts.share, p.from, p.to);
        }
        for (size_t i = n; i-- > 0;) {
            struct team_part p = team_part(R, 1, i, n);
            embedding_invert(&parts.share, p.from, p.to);
        }
        check_list(&parts);
        struct workspace *w = &whole.workspace, *v = &parts.workspace;
        size_t uses = w->use_end[R - 1];
        assert_memory_equal(w->use_end, v->use_end, R * sizeof *w->use_end);
        assert_memory_equal(w->use, v->use, uses * sizeof *w->use);
        assert_memory_equal(w->use_scale, v->use_scale,
                            uses * sizeof *w->use_scale);
        close_bench(&whole), close_bench(&parts);
    }
}

/* ---- forward ---- */

static const real *input_weights(const struct bench *b) {
    return b->model.weights + b->model.layer[0].input.offset;
}

/* a has grown by x W in the columns of the input's blocks; all else is as
 * before. */
static void check_forward(const struct bench *b, const real *before) {
    struct cell_blocks k = cell_blocks(b->model.config.cell);
    size_t wide = k.saved * H, in = k.input * H;
    struct near near = {.absolute = NEAR};
    for (size_t i = 0; i < PLACES; i++) {
        double x[R];
        int mine = i < b->window.T * B;
        dense_input(b, i, x);
        for (size_t j = 0; j < wide; j++) {
            double want = (double)before[i * wide + j];
            for (size_t r = 0; r < R && mine && j < in; r++)
                want += x[r] * (double)input_weights(b)[r * in + j];
            near_add(&near, (double)b->workspace.layer[0].saved[i * wide + j],
                     want);
        }
    }
    near_check(&near, "forward", __FILE__, __LINE__);
}

static real *copy(const real *x, size_t n) {
    real *y = malloc(n * sizeof *y);
    assert_non_null(y);
    memcpy(y, x, n * sizeof *y);
    return y;
}

static void test_forward(void **state) {
    (void)state;
    for (int cell = CELL_LSTM; cell <= CELL_TANH; cell++)
        for (int half = 0; half < 2; half++) {
            struct bench b;
            open_bench(&b, (enum cell_kind)cell, half ? 0.5 : 1);
            real *before = copy(b.workspace.layer[0].saved, saved_size(&b));
            b.window.T = T - 1; /* shorter than the workspace */
            list_all(&b);
            embedding_forward(&b.share);
            check_forward(&b, before);
            free(before);
            close_bench(&b);
        }
}

/* Threads that share the units, and the slots, leave the same bits. */
static void forward_in_parts(enum cell_kind cell, size_t n, size_t groups) {
    struct bench whole, parts;
    open_bench(&whole, cell, 0.8);
    open_bench(&parts, cell, 0.8);
    list_all(&whole), list_all(&parts);
    embedding_forward(&whole.share);
    for (size_t i = n; i-- > 0;) {
        take_share(&parts, i, n, groups);
        embedding_forward(&parts.share);
    }
    assert_memory_equal(parts.workspace.layer[0].saved,
                        whole.workspace.layer[0].saved,
                        saved_size(&whole) * sizeof(real));
    close_bench(&whole), close_bench(&parts);
}

static void test_forward_in_parts(void **state) {
    (void)state;
    for (int cell = CELL_LSTM; cell <= CELL_TANH; cell++) {
        forward_in_parts((enum cell_kind)cell, 2, 1);
        forward_in_parts((enum cell_kind)cell, 3, 3);
        forward_in_parts((enum cell_kind)cell, 8, 2);
        forward_in_parts((enum cell_kind)cell, 20, 1); /* some have nothing */
    }
}

/* ---- backward ---- */

static real *input_gradient(const struct bench *b) {
    return b->workspace.gradient + b->model.layer[0].input.offset;
}

/* dW = the sum over places of xᵀ da. */
static void check_backward(const struct bench *b) {
    struct cell_blocks k = cell_blocks(b->model.config.cell);
    size_t wide = k.saved * H, in = k.input * H;
    const real *da = b->workspace.layer[0].saved;
    double *want = calloc(R * in, sizeof *want);
    assert_non_null(want);
    for (size_t i = 0; i < PLACES; i++) {
        double x[R];
        dense_input(b, i, x);
        for (size_t r = 0; r < R; r++)
            for (size_t j = 0; j < in; j++)
                want[r * in + j] += x[r] * (double)da[i * wide + j];
    }
    assert_near(input_gradient(b), want, R * in, NEAR, 0);
    free(want);
}

/* A row that is on nowhere has no gradient. */
static void check_nowhere(const struct bench *b, size_t row) {
    size_t in = b->model.layer[0].input.cols;
    for (size_t j = 0; j < in; j++)
        assert_true(input_gradient(b)[row * in + j] == 0);
}

/* What is not the input's is left alone. */
static void check_rest(const struct bench *b) {
    const struct model_matrix *input = &b->model.layer[0].input;
    size_t from = input->offset, to = from + input->rows * input->cols;
    for (size_t i = 0; i < b->model.size; i++)
        if (i < from || i >= to)
            assert_true(isnan(b->workspace.gradient[i]));
}

/* What the gradient holds before the first window: zeros, and elsewhere what
 * would be noticed. */
static void spoil_gradient(struct bench *b) {
    const struct model_matrix *input = &b->model.layer[0].input;
    for (size_t i = 0; i < b->model.size; i++)
        b->workspace.gradient[i] = (real)NAN;
    memset(input_gradient(b), 0, input->rows * input->cols * sizeof(real));
}

/* Another window: of the rows that were on, some are not, and the others have
 * been elsewhere. What the gradient holds of those that are on is not read. */
static void next_window(struct bench *b, size_t turn) {
    static const uint16_t goes[][2] = {{0, 3}, {5, 2}, {9, 8}, {7, 3}};
    for (size_t i = 0; i < PLACES * A; i++)
        if (b->on[i] == goes[turn % 4][0])
            b->on[i] = goes[turn % 4][1];
    fill(b->workspace.layer[0].saved, saved_size(b), turn + 1);
    b->pass.key++;
    list_all(b);
    for (size_t i = 0; i < PLACES * A; i++)
        if (b->share.pass->keep_input == 1)
            input_gradient(b)[b->on[i] * b->model.layer[0].input.cols + 1] =
                (real)NAN;
}

static void test_backward(void **state) {
    (void)state;
    for (int cell = CELL_LSTM; cell <= CELL_TANH; cell++)
        for (int half = 0; half < 2; half++) {
            struct bench b;
            open_bench(&b, (enum cell_kind)cell, half ? 0.5 : 1);
            list_all(&b);
            spoil_gradient(&b);
            embedding_backward(&b.share);
            check_backward(&b);
            check_nowhere(&b, 3);
            for (size_t turn = 0; turn < 6; turn++) {
                next_window(&b, turn);
                embedding_backward(&b.share);
                check_backward(&b);
            }
            check_nowhere(&b, 0);
            check_rest(&b);
            close_bench(&b);
        }
}

static void backward_in_parts(enum cell_kind cell, size_t n) {
    struct bench whole, parts;
    open_bench(&whole, cell, 0.8);
    open_bench(&parts, cell, 0.8);
    list_all(&whole), list_all(&parts);
    spoil_gradient(&whole), spoil_gradient(&parts);
    embedding_backward(&whole.share);
    for (size_t i = n; i-- > 0;) {
        take_share(&parts, i, n, 1);
        embedding_backward(&parts.share);
    }
    assert_memory_equal(input_gradient(&parts), input_gradient(&whole),
                        R * whole.model.layer[0].input.cols * sizeof(real));
    check_rest(&parts);
    close_bench(&whole), close_bench(&parts);
}

static void test_backward_in_parts(void **state) {
    (void)state;
    for (size_t n = 1; n <= 41; n = 3 * n + 1) {
        backward_in_parts(CELL_LSTM, n);
        backward_in_parts(CELL_GRU, n);
        backward_in_parts(CELL_TANH, n);
    }
}

/* ---- the ends ---- */

/* The last row of the longest matrix, on at the only place. */
static void test_last_row(void **state) {
    (void)state;
    enum { INPUTS = 65535 };
    struct model_config c = {.cell = CELL_TANH,
                             .layers = 1,
                             .hidden = 3,
                             .inputs = INPUTS,
                             .active = 1,
                             .classes = {2, 2}};
    struct bench b = {.pass = {.keep_input = 1, .keep_output = 1}};
    const uint16_t last = INPUTS - 1;
    assert_int_equal(model_init(&b.model, &c, NULL), 0);
    assert_int_equal(workspace_init(&b.workspace, &b.model, 1, 1, 1, 1, NULL),
                     0);
    take_share(&b, 0, 1, 1);
    b.window = (struct window){.T = 1, .slots = 1, .indices = &last};
    b.share.B = 1, b.share.H = 3;
    b.share.slots = (struct team_part){0, 1};
    b.share.units = (struct team_part){0, 3};
    size_t end = b.model.layer[0].input.offset + (size_t)INPUTS * 3;
    b.model.weights[end - 1] = 5;
    embedding_list(&b.share, 0, 1);
    embedding_invert(&b.share, 0, INPUTS);
    embedding_forward(&b.share);
    const real *a = b.workspace.layer[0].saved;
    assert_true(a[0] == 0 && a[1] == 0 && a[2] == 5);
    embedding_backward(&b.share);
    assert_true(b.workspace.gradient[end - 1] == 5);
    assert_true(b.workspace.gradient[end - 4] == 0);
    close_bench(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_invert),
        cmocka_unit_test(test_lists_in_parts),
        cmocka_unit_test(test_forward),
        cmocka_unit_test(test_forward_in_parts),
        cmocka_unit_test(test_backward),
        cmocka_unit_test(test_backward_in_parts),
        cmocka_unit_test(test_last_row),
    };
    mat_use(MAT_AUTO, NULL);
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
